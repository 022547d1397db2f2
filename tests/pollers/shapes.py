"""Answers in the shapes of the real feeds; what they say is made up."""

import json


def _gauge(name: str, **depths: object) -> dict[str, object]:
    return {"station": {"uuid": name[:2], "name": name, "area": {"name": "Bình Phước"}, "lat": 12.2}, **depths}


RAIN_NETWORK = json.dumps(
    [
        _gauge("Bù Gia Mập", depth=12.4, sumDepth=30.2),
        _gauge("Phú Văn", depth=0, sumDepth=4.0),
        _gauge("Lộc Quang", sumDepth=4.0),
        _gauge("Minh Hưng", depth=3.2, sumDepth=3.2),
        _gauge("Đồng Tâm", depth=None, sumDepth=None),
        _gauge("Long Hà", depth="-", sumDepth=""),
        _gauge("Bù Đốp", depth=-9999, sumDepth=0),
    ],
    ensure_ascii=False,
).encode()

RAIN_API = json.dumps(
    {
        "data": [
            {"station_id": "BP-01", "time_point": "2026-11-23 10:00:00", "depth": 3.5},
            {"station_id": "BP-01", "time_point": "2026-11-23 11:00:00", "depth": 0},
            {"station_id": "BP-02", "time_point": "2026-11-23 10:00:00", "depth": None},
        ]
    }
).encode()

RESERVOIRS = """<!DOCTYPE html><html><head><style>td{color:red}</style>
<script>var x="<table><tr><td>1</td></tr></table>";</script>
</head><body><form><table class="menu"><tr><td>Trang chủ</td>
<td>Liên hệ</td></tr></table>
<table id="grid" border=1><thead>
<tr><th rowspan="2">Tên hồ</th><th rowspan=2>Ngày</th><th colspan="3">Mực nước (m)</th><th rowspan="2">Qve (m3/s)</th>
<th colspan=3>Lưu lượng xả</th><th colspan=2>Cửa xả</th></tr>
<tr><th>Htl</th><th>Hdbt</th><th>Hc</th><th>ΣQx</th><th>Qxt</th><th>Qxm</th><th>Ncxs</th><th>Ncxm</th></tr></thead>
<tbody>
<tr><td rowspan="2"><b>Thác&nbsp;Mơ</b></td>
<td>23/11/2026 09:00</td>
<td>217.35</td>
<td>218</td>
<td>198</td>
<td>310</td>
<td>420</td>
<td>200</td>
<td>220</td>
<td>0</td>
<td>2</td></tr>
<tr><td>23/11/2026 10:00</td>
<td>217.52</td>
<td>218</td>
<td>198</td>
<td>355.5</td>
<td>480</td>
<td>200</td>
<td>280</td>
<td>0</td>
<td>3</td></tr>
<tr><td>Cần Đơn<td>23/11/2026 10:00<td>109.81<td>110<td>104<td>-<td>&nbsp;<td>95<td>0<td>--<td></tr>
<tr><td>Sơn La</td>
<td>23/11/2026 10:00</td>
<td>215</td>
<td>215</td>
<td>175</td>
<td>1,5</td>
<td>x</td>
<td>x</td>
<td>x</td>
<td>0</td>
<td>0</td></tr>
<tr><td colspan=11>Ghi chú: số liệu tham khảo</td></tr>
</tbody></table></form></body></html>""".encode()

MEASURED = b"""tram;thoi_gian;muc_nuoc_m;mua_mm
be-long-binh;23/11/2026 07:00;52,31;0
be-long-binh;13h00 23/11/2026;52,47;
be-nha-bich;2026-11-23 07:00;-;1.234,5
khong-biet;23/11/2026 07:00;1;1
"""

VIIRS = b"""latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,\
bright_ti5,frp,daynight
11.8123,106.9455,331.2,0.42,0.37,2026-11-22,1842,N,VIIRS,n,2.0NRT,291.1,5.21,N
12.0450,107.1111,345.6,0.5,0.4,2026-11-22,541,N20,VIIRS,high,2.0NRT,295.0,22.8,D
11.5,106.8,,,,2026-11-22,5,N,VIIRS,l,2.0NRT,,,N
"""
MODIS = b"""latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,\
bright_t31,frp,daynight
11.70,106.90,320.1,1.1,1.0,2026-11-22,0315,Terra,MODIS,83,6.1NRT,290.2,14.5,D
11.71,106.91,310.1,1.1,1.0,2026-11-22,0315,Aqua,MODIS,12,6.1NRT,290.2,7.0,D
11.72,106.92,310.1,1.1,1.0,2026-11-22,2515,Aqua,MODIS,12,6.1NRT,290.2,7.0,D
11.73,190,310.1,1.1,1.0,2026-11-22,0315,Aqua,MODIS,12,6.1NRT,290.2,7.0,D
11.74,106.9,310.1
"""

CAP = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>KTTV-{number}</identifier>
<sender>kttv@binhphuoc.example</sender>
<sent>2026-11-23T09:30:00+07:00</sent><status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>{references}
<info><language>vi-VN</language><category>Met</category><event>Lũ</event><urgency>Expected</urgency>
<severity>Severe</severity>
<certainty>Likely</certainty><expires>2026-11-23T21:00:00+07:00</expires><senderName>Đài KTTV tỉnh</senderName>
<headline>Cảnh báo lũ trên sông Bé</headline><description>Mực nước lên nhanh</description>
<area><areaDesc>Bù Gia Mập</areaDesc><polygon>12.0,107.0 12.1,107.0 12.1,107.1 12.0,107.0</polygon>
<geocode><valueName>GSO</valueName><value>25222</value></geocode></area></info></alert>"""


def cap(number: int, kind: str = "Alert", references: str = "") -> bytes:
    given = f"<references>{references}</references>" if references else ""
    return CAP.format(number=number, kind=kind, references=given).encode()


def embedded(*numbers: int) -> bytes:
    """An Atom feed with the messages inside."""
    entries = "".join(
        f"<entry><id>{n}</id><updated>2026-11-23T03:00:00Z</updated><content type='text/xml'>"
        f"{cap(n).decode().partition('?>')[2]}</content></entry>"
        for n in numbers
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>{entries}</feed>".encode()


def linked(*links: str) -> bytes:
    """An Atom feed that points to them."""
    entries = "".join(
        f"<entry><id>{link}</id><updated>2026-11-23T03:00:00Z</updated><link rel='alternate' href='/html'/>"
        f"<link rel='alternate' type='application/cap+xml' href='{link}'/></entry>"
        for link in links
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>".encode()


def rss(*links: str) -> bytes:
    items = "".join(f"<item><title>x</title><link>{link}</link><guid>{link}</guid></item>" for link in links)
    return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()
