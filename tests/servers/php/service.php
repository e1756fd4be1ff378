<?php
// A department's Web Service on PHP's SoapServer: pages lie as files in SERVICE_DATA, receipts are written beside them.
// The address says how it speaks: /document/1.1, /document/1.2, /rpc/1.1, /rpc/1.2; with ?wsdl it gives its WSDL.

ini_set('soap.wsdl_cache_enabled', '0');
ini_set('display_errors', '0');

$data = getenv('SERVICE_DATA');
[, $style, $version] = array_pad(explode('/', strtok($_SERVER['REQUEST_URI'], '?')), 3, '');
if (!in_array($style, ['document', 'rpc'], true) || !in_array($version, ['1.1', '1.2'], true)) {
    http_response_code(404);
    exit('no such service');
}
$wsdl = __DIR__ . "/exchange-$style.wsdl";

$logins = "$data/basic.txt"; // login:password, if the service wants it
if (is_file($logins)) {
    $given = ($_SERVER['PHP_AUTH_USER'] ?? '') . ':' . ($_SERVER['PHP_AUTH_PW'] ?? '');
    if ($given !== trim(file_get_contents($logins))) {
        http_response_code(401);
        header('WWW-Authenticate: Basic realm="exchange"');
        exit;
    }
}
if (isset($_GET['wsdl'])) {
    header('Content-Type: text/xml');
    readfile($wsdl);
    exit;
}

class Exchange
{
    private bool $letIn;

    public function __construct(private string $data)
    {
        $this->letIn = !is_file("$data/token.txt");
    }

    // The header {http://docs.oasis-open.org/...wssecurity-secext-1.0.xsd}Security
    public function Security($header): void
    {
        $token = $header->UsernameToken;
        $password = is_object($token->Password) ? $token->Password->_ : $token->Password;
        $this->letIn = !is_file("$this->data/token.txt")
            || "$token->Username:$password" === trim(file_get_contents("$this->data/token.txt"));
    }

    public function page(int $number): ?string
    {
        if (!$this->letIn) {
            throw new SoapFault('Client.Authentication', '口令不正确');
        }
        if (is_file("$this->data/fault.json")) {
            $fault = json_decode(file_get_contents("$this->data/fault.json"));
            throw new SoapFault($fault->code, $fault->text);
        }
        $file = "$this->data/page-$number.txt";
        file_put_contents("$this->data/asked.txt", "$number\n", FILE_APPEND);
        return is_file($file) ? file_get_contents($file) : null;
    }

    public function put(string $name, string $receipt): bool
    {
        file_put_contents("$this->data/receipts.json", json_encode([$name, $receipt], JSON_UNESCAPED_UNICODE) . "\n", FILE_APPEND);
        return true;
    }

    public function whole(int $number, ?string $since): array
    {
        $text = $this->page($number);
        $more = is_file("$this->data/page-" . ($number + 1) . '.txt');
        return [
            'data' => $text ?? '',
            'hasMore' => $more,
            'count' => $text === null ? 0 : 1,
            'nextCursor' => $since === null || $since === '' ? 'c1' : ($more ? 'c' . ($number + 1) : $since),
        ];
    }
}

// document/literal: one argument that holds all of them, and a wrapped answer
class DocumentExchange extends Exchange
{
    public function QueryBatch($in): array
    {
        return ['return' => $this->page((int) ($in->pageNo ?? 1))];
    }

    public function QueryPage($in): array
    {
        return ['return' => $this->whole((int) ($in->pageNo ?? 1), $in->since ?? null)];
    }

    public function QueryBytes($in): array
    {
        return ['return' => $this->page((int) ($in->pageNo ?? 1))];
    }

    public function PutReceipt($in): array
    {
        return ['return' => $this->put($in->name, $in->receipt)];
    }
}

class RpcExchange extends Exchange
{
    public function QueryBatch($since, $pageNo, $pageSize): ?string
    {
        return $this->page((int) $pageNo);
    }

    public function QueryPage($since, $pageNo, $pageSize): array
    {
        return $this->whole((int) $pageNo, $since);
    }

    public function QueryBytes($pageNo): ?string
    {
        return $this->page((int) $pageNo);
    }

    public function PutReceipt($name, $receipt): bool
    {
        return $this->put($name, $receipt);
    }
}

$server = new SoapServer($wsdl, ['soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1]);
$server->setObject($style === 'rpc' ? new RpcExchange($data) : new DocumentExchange($data));
$server->handle();
