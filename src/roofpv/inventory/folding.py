"""Text in its plain form: one width, simplified characters, small letters, nothing invisible."""

from __future__ import annotations

import re
import unicodedata

# The traditional characters (and common variants) that headers and cells of building registers
# hold, each above the one that our vocabulary is written in.
_TRADITIONAL = (
    "築層頂積電產産權縣區學醫黨機關蓋應緯經編號單稱類別態狀況設備裝發傾結構樓棟數時間質舊險違遷還"
    "環記測繪點標縱橫東統會碼認證辦務業廠歷護國資門鄉鎮據總計實際圖斷無萬畝頃長寬體歸屬範圍將內處"
    "擬劃預規專開動約億兩參貳陸並併網營運場館廳診療衛養書幹訓練貧園戶臺齡闊價減轄適嚴確檔審報驗竝"
    "羣衆爲於費淨擴與團傳託農莊傢飾鋼鐵磚牆壓縮陽臨鑑鑒軍監獄"
    "載綠佔卻採鋪"
)
_SIMPLIFIED = (
    "筑层顶积电产产权县区学医党机关盖应纬经编号单称类别态状况设备装发倾结构楼栋数时间质旧险违迁还"
    "环记测绘点标纵横东统会码认证办务业厂历护国资门乡镇据总计实际图断无万亩顷长宽体归属范围将内处"
    "拟划预规专开动约亿两参贰陆并并网营运场馆厅诊疗卫养书干训练贫园户台龄阔价减辖适严确档审报验并"
    "群众为于费净扩与团传托农庄家饰钢铁砖墙压缩阳临鉴鉴军监狱"
    "载绿占却采铺"
)
_FOLDED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
# NFKC would make a letter of the ordinal sign that people type for degrees.
_BEFORE = str.maketrans({"º": "°", "˚": "°"})
_SIGNS = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "―": "-", "﹣": "-",
        "〜": "~", "∼": "~", "’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"',
        "×": "x", "⁄": "/", "∕": "/", "〇": "零", "○": "零",
    }
)  # fmt: skip
_SPACES = re.compile(r"\s+")


def plain_text(text: str) -> str:
    """
    Text in compatibility form (NFKC), small letters, simplified, invisible characters left out.

    Blanks and line breaks become one blank each.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", text.translate(_BEFORE)).lower().translate(_SIGNS)
        folded = simplified(folded)
    folded = _SPACES.sub(" ", folded).strip()
    return folded if folded.isprintable() else "".join(c for c in folded if c.isprintable()).strip()


def simplified(text: str) -> str:
    """Traditional characters of building registers as simplified ones."""
    return text.translate(_FOLDED)
