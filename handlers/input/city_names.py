"""Names of cities, countries and clocks that people type and CLDR does not know, with their time zones."""

from __future__ import annotations

from views.time_zone_names import BIG_CITIES

MORE_CITIES = {
    "Asia/Shanghai": (
        "北京 beijing peking 广州 guangzhou 深圳 shenzhen 杭州 hangzhou 成都 chengdu 重庆 chongqing 武汉 wuhan "
        "南京 nanjing 天津 tianjin 苏州 suzhou 厦门 xiamen 青岛 qingdao 长沙 changsha 郑州 zhengzhou 合肥 hefei "
        "西安 xian 大连 dalian 昆明 kunming 哈尔滨 harbin 沈阳 shenyang 济南 jinan 福州 fuzhou 宁波 ningbo "
        "石家庄 太原 呼和浩特 长春 南昌 贵阳 南宁 海口 拉萨 兰州 西宁 银川 三亚 珠海 东莞 佛山 无锡 温州 桂林"
    ),
    "Asia/Taipei": "台北 臺北 taipei 高雄 kaohsiung 台中 臺中 taichung",
    "Asia/Tokyo": "大阪 osaka 京都 kyoto 横滨 yokohama 名古屋 nagoya 福冈 fukuoka 札幌 sapporo",
    "Asia/Seoul": "釜山 busan",
    "Asia/Kolkata": "孟买 mumbai 新德里 德里 delhi newdelhi 班加罗尔 bangalore bengaluru 金奈 chennai",
    "Asia/Ho_Chi_Minh": "河内 hanoi 西贡 saigon",
    "Asia/Dubai": "阿布扎比 abudhabi",
    "Asia/Jerusalem": "特拉维夫 telaviv",
    "Europe/Berlin": "慕尼黑 munich münchen 汉堡 hamburg 法兰克福 frankfurt 科隆 cologne köln 斯图加特 stuttgart",
    "Europe/London": "曼彻斯特 manchester 爱丁堡 edinburgh 剑桥 cambridge 牛津 oxford",
    "Europe/Paris": "里昂 lyon 马赛 marseille 尼斯 nice",
    "Europe/Vienna": "wien",
    "Europe/Zurich": "日内瓦 geneva 伯尔尼 bern 巴塞尔 basel",
    "Europe/Rome": "米兰 milan milano 佛罗伦萨 florence 威尼斯 venice",
    "Europe/Madrid": "巴塞罗那 barcelona",
    "Europe/Amsterdam": "鹿特丹 rotterdam 海牙 thehague",
    "Europe/Moscow": "圣彼得堡 saintpetersburg stpetersburg",
    "America/New_York": (
        "波士顿 boston 华盛顿 washington 迈阿密 miami 亚特兰大 atlanta 费城 philadelphia nyc "
        "巴尔的摩 baltimore 匹兹堡 pittsburgh 克利夫兰 cleveland 奥兰多 orlando 坦帕 tampa jerseycity"
    ),
    "America/Chicago": (
        "休斯敦 休斯顿 houston 达拉斯 dallas 奥斯汀 austin 圣安东尼奥 sanantonio 纳什维尔 nashville "
        "新奥尔良 neworleans 明尼阿波利斯 minneapolis 圣路易斯 stlouis saintlouis 堪萨斯城 kansascity"
    ),
    "America/Denver": "盐湖城 saltlakecity",
    "America/Los_Angeles": (
        "旧金山 sanfrancisco 三藩市 西雅图 seattle 圣迭戈 圣地牙哥 sandiego 圣何塞 sanjose 硅谷 siliconvalley "
        "拉斯维加斯 lasvegas 萨克拉门托 sacramento 波特兰 portland"
    ),
    "America/Toronto": "蒙特利尔 montreal 渥太华 ottawa quebeccity",
    "America/Edmonton": "卡尔加里 calgary",
    "America/Vancouver": "victoria",
    "America/Sao_Paulo": "里约热内卢 riodejaneiro rio 巴西利亚 brasilia",
    "Australia/Sydney": "堪培拉 canberra",
    "Pacific/Auckland": "惠灵顿 wellington",
}
"""Cities by zone; separated by spaces, written without spaces of their own."""

MORE_COUNTRIES = {
    "AE": "uae",
    "BR": "brasil",
    "CZ": "czechrepublic",
    "DE": "deutschland",
    "ES": "españa",
    "CN": "prc cn",
    "GB": "uk gb britain greatbritain england scotland wales 英格兰 苏格兰",
    "HK": "hk",
    "JP": "jp",
    "KR": "korea",
    "NL": "holland",
    "RU": "россия",
    "SG": "sg",
    "TW": "tw 臺灣",
    "US": "us usa america unitedstatesofamerica",
}
"""Countries by territory code, separated by spaces."""

CLOCKS = {
    "gmt": ("UTC",),
    "bst": ("Europe/London",),
    "cet": ("Europe/Berlin",),
    "cest": ("Europe/Berlin",),
    "msk": ("Europe/Moscow",),
    "ist": ("Asia/Kolkata",),
    "hkt": ("Asia/Hong_Kong",),
    "sgt": ("Asia/Singapore",),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "aest": ("Australia/Sydney",),
    "nzst": ("Pacific/Auckland",),
    "est": ("America/New_York",),
    "edt": ("America/New_York",),
    "cst": ("Asia/Shanghai", "America/Chicago"),
    "cdt": ("America/Chicago",),
    "mst": ("America/Denver",),
    "mdt": ("America/Denver",),
    "pst": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",),
}
"""Zones by the abbreviation that people use for their clock; in New York they say EST in summer too."""


MAIN_ZONES = (*BIG_CITIES, "Europe/Madrid", "Europe/Lisbon", "America/Mexico_City", "America/Toronto", "Asia/Jakarta")
"""The zones that come first where a country has several."""
