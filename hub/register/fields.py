"""The fields of a registration, in the order in which a person writes them: what they are called and what they mean."""

from __future__ import annotations

from hub.register.cards import CARDS
from hub.register.envelope import ENVELOPE
from hub.register.options import Option

CONTACT_FIELDS = (
    Option("name", "联系人", "whom to call"),
    Option("phone", "电话", "telephone"),
    Option("email", "邮箱", "mail"),
)

FIELDS = (
    Option("code", "系统代码，等于文件名；小写字母、数字、连字符，不能是 hub",
           "code of the system, equal to the file's name; lower-case letters, digits, hyphens; not `hub`",
           required=True, example="water-bureau"),
    Option("name", "系统名称", "the system's name, as people call it", required=True, example="水利局审批系统"),
    Option("organization", "统一社会信用代码，或列表；只接收这些机构的办件", "USCC, or a list: only their cases are taken",
           required=True, example="11430100006127328X"),
    Option("region", "行政区划代码，6、9 或 12 位（加引号）；只接收其下的办件",
           "region code of 6, 9 or 12 digits (in quotes): only cases at or below it are taken", required=True, example='"430100"'),
    Option("contact", "联系人、电话、邮箱", "whom to call", "mapping", inner=CONTACT_FIELDS, example="{name: 信息科, phone: …}"),
    Option("connector", "怎样取报文：kind 和该方式的选项，见下", "how packages are fetched: kind and the options of that kind, below",
           "mapping", required=True, example="{kind: directory, inbox: /out}"),
    Option("envelope", "签名和加密,见 [envelope](envelope.md);不写则都可以、都不必",
           "signature and encryption, see [envelope](envelope.md); without it both are allowed and none is needed", "mapping",
           inner=ENVELOPE, example="{signed: required, encrypted: required, certificates: [land-bureau.pem]}"),
    Option("dialect", "方言：来源怎样称呼要素和字段，见 dialects/", "how the source names elements and fields, see dialects/",
           required=True, example="canonical"),
    Option("codes", "代码对照；canonical 为无须对照，见 [codes](codes.md)", "the code crosswalk; canonical = none, see [codes](codes.md)",
           required=True, example="hunan-2011"),
    Option("schema", "报文版本", "version of the [message](message.md)", required=True, example='"1.0"'),
    Option("serial", "source：报文自带序号；hub：来源没有序号，由枢纽编号（交换库、Web Service）",
           "`source`: packages bring their numbers; `hub`: the source has none and the hub numbers what it takes (databases, services)",
           "word", words=("source", "hub"), default="source", example="hub"),
    Option("schedule", "五段 cron（北京时间）；continuous：不间断，每隔几秒看一次，占用一个任务位，只宜少数系统",
           "five cron fields (Beijing time); `continuous`: a look every few seconds, which keeps one of Airflow's tasks busy: for a few systems",
           default="*/10 * * * *", example='"*/10 * * * *"'),
    Option("trigger", "queue：由消息触发（尚无作用）", "`queue`: woken by a message (no effect yet)", "word", words=("queue",)),
    Option("supervise_from", "此日以前受理的办件不发牌（首次全量）", "cases accepted before this day raise no cards (first full load)",
           example="2026-12-01"),
    Option("silent_after", "多久没有报送即提醒，并算作报送中断（E5）", "how long silence lasts until somebody is told, and E5 finds it", "duration",
           example="2d"),
    Option("expect", "通常的办件量，探测时对照", "the usual number of cases, held against yesterday by the probe", "mapping",
           example="{cases_per_day: {min: 1, max: 4000, why: …}}"),
    Option("checks", "把内容提示升为拒收，见 [violations](violations.md)", "turn a warning of the [catalogue](violations.md) into a refusal",
           "entries", example="{ID_CHECK: error}"),
    Option("cards", "把牌、督办单、文书交给部门并取回答复,见 [departments/cards](departments/cards.md);不写则不交付",
           "hand cards, orders and letters to the department and fetch its answers, see [departments/cards](departments/cards.md); nothing without it",
           "mapping", inner=CARDS, example="{deliver: [cards, orders, letters], from: 2026-12-01}"),
    Option("status", "trial 试运行，不发牌；live 正式；paused 暂停，不取报文",
           "`trial` raises no cards, `live`, `paused` takes nothing", "word", required=True, words=("trial", "live", "paused"),
           example="trial"),
)  # fmt: skip

REQUIRED = tuple(field.name for field in FIELDS if field.required)
OPTIONAL = tuple(field.name for field in FIELDS if not field.required)
CONTACT = tuple(field.name for field in CONTACT_FIELDS)
