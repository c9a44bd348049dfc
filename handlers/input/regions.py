"""Names of states and provinces that people type, with their time zones, the one of most people first."""

from __future__ import annotations

_UNITED_STATES = {
    "America/New_York": (
        "connecticut 康涅狄格 康州 delaware 特拉华 georgia georgiastate 佐治亚 乔治亚 maine 缅因 maryland "
        "马里兰 massachusetts 马萨诸塞 麻省 麻萨诸塞 newhampshire 新罕布什尔 newjersey 新泽西 纽泽西 newyork "
        "newyorkstate 纽约州 northcarolina 北卡罗来纳 北卡罗莱纳 北卡 ohio 俄亥俄 pennsylvania 宾夕法尼亚 "
        "宾州 rhodeisland 罗德岛 罗得岛 southcarolina 南卡罗来纳 南卡罗莱纳 南卡 vermont 佛蒙特 virginia "
        "弗吉尼亚 维吉尼亚 弗州 westvirginia 西弗吉尼亚 西维吉尼亚 districtofcolumbia washingtondc 华盛顿特区 "
        "华盛顿哥伦比亚特区"
    ),
    "America/New_York America/Chicago": "florida 佛罗里达 佛州 kentucky 肯塔基",
    "America/Chicago": (
        "alabama 阿拉巴马 亚拉巴马 arkansas 阿肯色 illinois 伊利诺伊 伊利诺 iowa 艾奥瓦 爱荷华 louisiana "
        "路易斯安那 路易斯安纳 minnesota 明尼苏达 mississippi 密西西比 missouri 密苏里 oklahoma 俄克拉荷马 "
        "奥克拉荷马 wisconsin 威斯康星 威斯康辛"
    ),
    "America/Chicago America/New_York": "tennessee 田纳西",
    "America/Chicago America/Denver": (
        "kansas 堪萨斯 nebraska 内布拉斯加 northdakota 北达科他 北达科塔 southdakota 南达科他 南达科塔 texas "
        "得克萨斯 德克萨斯 德州 得州"
    ),
    "America/Indiana/Indianapolis America/Chicago": "indiana 印第安纳 印第安那 印地安那",
    "America/Detroit America/Menominee": "michigan 密歇根 密西根 密执安",
    "America/Denver": "colorado 科罗拉多 科州 montana 蒙大拿 newmexico 新墨西哥 utah 犹他 wyoming 怀俄明",
    "America/Phoenix": "arizona 亚利桑那 亚利桑纳 亚历桑那",
    "America/Boise America/Los_Angeles": "idaho 爱达荷",
    "America/Los_Angeles": (
        "california 加利福尼亚 加州 northerncalifornia 北加州 southerncalifornia 南加州 bayarea nevada 内华达 "
        "washington washingtonstate 华盛顿州"
    ),
    "America/Los_Angeles America/Boise": "oregon 俄勒冈 奥勒冈",
    "America/Anchorage America/Adak": "alaska 阿拉斯加",
    "Pacific/Honolulu": "hawaii hawai 夏威夷",
}

_CANADA = {
    "America/Toronto America/Winnipeg": "ontario 安大略 安省",
    "America/Toronto": "quebec québec 魁北克 魁省",
    "America/Vancouver America/Edmonton": "britishcolumbia 不列颠哥伦比亚 英属哥伦比亚 卑诗",
    "America/Edmonton": "alberta 艾伯塔 阿尔伯塔 亚伯达 northwestterritories 加拿大西北地区",
    "America/Regina": "saskatchewan 萨斯喀彻温 沙省 萨省",
    "America/Winnipeg": "manitoba 马尼托巴 曼尼托巴 曼省 缅省",
    "America/Halifax": "novascotia 新斯科舍 新斯科细亚 princeedwardisland 爱德华王子岛",
    "America/Moncton": "newbrunswick 新不伦瑞克",
    "America/St_Johns America/Goose_Bay": "newfoundlandandlabrador 纽芬兰与拉布拉多 纽芬兰和拉布拉多",
    "America/St_Johns": "newfoundland 纽芬兰",
    "America/Whitehorse": "yukon 育空",
    "America/Iqaluit America/Rankin_Inlet America/Cambridge_Bay": "nunavut 努纳武特",
}

_AUSTRALIA = {
    "Australia/Sydney": "newsouthwales 新南威尔士 新南威尔斯 australiancapitalterritory 澳大利亚首都领地",
    "Australia/Melbourne": "victoria 维多利亚 维州",
    "Australia/Brisbane": "queensland 昆士兰 昆州",
    "Australia/Adelaide": "southaustralia 南澳 南澳大利亚 南澳洲",
    "Australia/Perth": "westernaustralia 西澳 西澳大利亚 西澳洲",
    "Australia/Hobart": "tasmania 塔斯马尼亚 塔州",
    "Australia/Darwin": "northernterritory 北领地",
}

_CHINA = {
    "Asia/Shanghai": (
        "安徽 anhui 福建 fujian 甘肃 gansu 广东 guangdong canton 贵州 guizhou 海南 hainan 河北 hebei 黑龙江 "
        "heilongjiang 河南 henan 湖北 hubei 湖南 hunan 江苏 jiangsu 江西 jiangxi 吉林 jilin 辽宁 liaoning "
        "青海 qinghai 陕西 shaanxi 山东 shandong 山西 shanxi 四川 sichuan szechuan 云南 yunnan 浙江 zhejiang "
        "广西 guangxi guangxizhuang 广西壮族自治区 内蒙古 innermongolia neimenggu 内蒙 宁夏 ningxia "
        "ningxiahui 宁夏回族自治区 西藏 tibet xizang"
    ),
    "Asia/Urumqi Asia/Shanghai": "新疆 xinjiang xinjianguygur xinjianguyghur 新疆维吾尔自治区",
}

_BRAZIL = {
    "America/Sao_Paulo": (
        "minasgerais 米纳斯吉拉斯 parana 巴拉那 riograndedosul 南里奥格兰德 santacatarina 圣卡塔琳娜 goias "
        "戈亚斯 espiritosanto 圣埃斯皮里图 distritofederal 巴西联邦区 saopaulostate riodejaneirostate"
    ),
    "America/Bahia": "巴伊亚",
    "America/Recife": "pernambuco 伯南布哥",
    "America/Fortaleza": "ceara 塞阿拉 maranhao 马拉尼昂 piaui 皮奥伊 paraiba 帕拉伊巴 riograndedonorte 北里奥格兰德",
    "America/Maceio": "alagoas 阿拉戈斯 sergipe 塞尔希培",
    "America/Belem": "estadodopara 帕拉州 amapa 阿马帕",
    "America/Manaus America/Eirunepe": "amazonas 亚马孙 亚马逊州",
    "America/Cuiaba": "matogrosso 马托格罗索",
    "America/Campo_Grande": "matogrossodosul 南马托格罗索",
    "America/Porto_Velho": "rondonia 朗多尼亚",
    "America/Boa_Vista": "roraima 罗赖马",
    "America/Araguaina": "tocantins 托坎廷斯",
}

_RUSSIA = {
    "Europe/Kaliningrad": "加里宁格勒州",
    "Europe/Moscow": (
        "tatarstan 鞑靼斯坦 krasnodar 克拉斯诺达尔 rostov rostovondon 罗斯托夫 dagestan 达吉斯坦 chechnya "
        "车臣 nizhnynovgorod 下诺夫哥罗德 voronezh 沃罗涅日 karelia 卡累利阿 komi 科米 stavropol 斯塔夫罗波尔 "
        "leningrad 列宁格勒"
    ),
    "Europe/Samara": "udmurtia 乌德穆尔特",
    "Asia/Yekaterinburg": (
        "sverdlovsk 斯维尔德洛夫斯克 bashkortostan bashkiria 巴什科尔托斯坦 chelyabinsk 车里雅宾斯克 perm "
        "彼尔姆 tyumen 秋明 orenburg 奥伦堡 khantymansi 汉特曼西 yamalonenets 亚马尔"
    ),
    "Asia/Barnaul": "altai altaikrai 阿尔泰",
    "Asia/Novokuznetsk": "kemerovo kuzbass 克麦罗沃 库兹巴斯",
    "Asia/Irkutsk": "buryatia 布里亚特",
    "Asia/Chita": "zabaykalsky transbaikal 外贝加尔",
    "Asia/Vladivostok": "primorye primorsky 滨海边疆区 khabarovsk 哈巴罗夫斯克 伯力",
    "Asia/Sakhalin": "萨哈林",
    "Asia/Yakutsk Asia/Vladivostok Asia/Srednekolymsk": "yakutia sakha 雅库特 萨哈 萨哈共和国",
    "Asia/Anadyr": "chukotka 楚科奇",
}

_NAMESAKES = {"America/New_York": "portland 波特兰"}
"""Cities with the name of a bigger one."""

REGIONS = tuple(
    (name, tuple(zones.split()))
    for group in (_UNITED_STATES, _CANADA, _AUSTRALIA, _CHINA, _BRAZIL, _RUSSIA, _NAMESAKES)
    for zones, names in group.items()
    for name in names.split()
)
"""Names with their zones, written without spaces. A name may come twice, and may be that of a city or country too."""

_CODES = {
    "America/New_York": "ct de ga me md ma nh nj ny nc oh pa ri sc vt va wv dc",
    "America/New_York America/Chicago": "fl ky",
    "America/Chicago": "al ar il ia la mn ms mo ok wi",
    "America/Chicago America/New_York": "tn",
    "America/Chicago America/Denver": "ks ne nd sd tx",
    "America/Indiana/Indianapolis America/Chicago": "in",
    "America/Detroit America/Menominee": "mi",
    "America/Denver": "co mt nm ut wy",
    "America/Phoenix": "az",
    "America/Boise America/Los_Angeles": "id",
    "America/Los_Angeles": "ca nv",
    "America/Los_Angeles Australia/Perth": "wa",
    "America/Los_Angeles America/Boise": "or",
    "America/Anchorage America/Adak": "ak",
    "Pacific/Honolulu": "hi",
    "America/Toronto America/Winnipeg": "on",
    "America/Toronto": "qc",
    "America/Vancouver America/Edmonton": "bc",
    "America/Edmonton": "ab",
    "America/Regina": "sk",
    "America/Winnipeg": "mb",
    "America/Halifax": "ns pe pei",
    "America/Moncton": "nb",
    "America/St_Johns America/Goose_Bay": "nl",
    "America/Whitehorse": "yt",
    "Australia/Sydney": "nsw act",
    "Australia/Melbourne": "vic",
    "Australia/Brisbane": "qld",
    "Australia/Adelaide": "sa",
    "Australia/Hobart": "tas",
    "Australia/Darwin America/Edmonton": "nt",
}

REGION_CODES = {code: tuple(zones.split()) for zones, codes in _CODES.items() for code in codes.split()}
"""Zones of states and provinces by the code that follows a city: `Portland, OR`. Alone, most are usual words."""
