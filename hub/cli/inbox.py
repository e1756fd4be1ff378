"""`suphub inbox serve`: the service to which departments push packages and from which they fetch receipts."""

from __future__ import annotations

import ipaddress
import resource
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.output import say
from hub.errors import Place, StopError

if TYPE_CHECKING:
    import uvicorn

    from hub.inbox.house import Network
    from hub.inbox.serving import Listening

inbox = typer.Typer(
    help="推送入口 · the door that departments push to", no_args_is_help=True, add_completion=False
)
File = Path | None


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(inbox, name="inbox")


@inbox.callback()
def _family() -> None:
    pass


@inbox.command("serve")
def serve(
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="端口;0 由系统选 · port; 0: any free one")
    ] = 8460,
    certificate: Annotated[
        File, typer.Option(exists=True, dir_okay=False, help="服务器证书链(PEM)· the server's certificate chain (PEM)")
    ] = None,
    key: Annotated[
        File, typer.Option(exists=True, dir_okay=False, help="服务器私钥(PEM)· the server's private key (PEM)")
    ] = None,
    client_authorities: Annotated[
        File,
        typer.Option(
            exists=True, dir_okay=False,
            help="客户端证书的签发机构(PEM),如 keys/node-authority.crt · authorities of client certificates (PEM)",
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="受信任的反向代理的地址或网段,可多次 · address or network of a reverse proxy that is trusted; repeatable"),
    ] = None,
) -> None:  # fmt: skip
    """接收部门推送的报文,直到 Ctrl-C · take what departments push, until Ctrl-C; docs/departments/push.md."""
    from hub import wiring
    from hub.inbox.serving import Listening
    from hub.wiring.inbox import inbox as application

    proxies = [_network(each) for each in trusted_proxy or ()]
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate, --key: 须同时给出 · both or none", param_hint="--key")
    if client_authorities is not None and certificate is None:
        raise typer.BadParameter(
            "须有 --certificate · needs --certificate", param_hint="--client-authorities"
        )
    if certificate is None and not proxies and not _loopback(host):
        raise typer.BadParameter(
            "令牌不得明文过网:给出 --certificate 和 --key,或经 --trusted-proxy · tokens never cross a network in the clear: "
            "give --certificate and --key, or come through a --trusted-proxy",
            param_hint="--host",
        )
    wiring.settings().spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    _many_files()
    where = Listening(host, port, certificate, key, client_authorities)
    _run(_made(application(proxies), where), where)


def _made(app: object, where: Listening) -> uvicorn.Server:
    from hub.inbox.serving import server

    try:
        return server(app, where)  # type: ignore[arg-type]
    except (OSError, ssl.SSLError) as error:
        raise StopError(
            "INBOX_TLS",
            zh=f"证书或私钥不能用:{error}",
            en=f"The certificate or the key cannot be used: {error}",
            remedy_zh="检查 --certificate、--key、--client-authorities 是否为 PEM,私钥是否属于该证书",
            remedy_en="See whether --certificate, --key, --client-authorities are PEM, and whether the key is that certificate's",
            place=Place(file=str(where.certificate)),
        ) from error


def _run(made: uvicorn.Server, where: Listening) -> None:
    """Say where it listens, and serve until it is ended."""
    try:
        socket = made.config.bind_socket()
    except SystemExit as error:  # uvicorn has logged the reason, which nobody reads here
        raise StopError(
            "INBOX_ADDRESS",
            zh=f"不能在 {where.host}:{where.port} 监听",
            en=f"Cannot listen on {where.host}:{where.port}",
            remedy_zh="换一个端口(--port),或停掉占用它的程序;地址须是本机的",
            remedy_en="Take another port (--port), or end what uses it; the address must be this machine's",
        ) from error
    scheme = "http" if where.certificate is None else "https"
    host, port = socket.getsockname()[:2]
    say(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/v1/")
    with suppress(KeyboardInterrupt):  # it has ended in order
        made.run(sockets=[socket])


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r}: 10.0.0.5, 10.0.0.0/28, ::1", param_hint="--trusted-proxy"
        ) from error


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _many_files() -> None:
    """As many connections as the system allows: each is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
