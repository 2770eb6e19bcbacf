#include "tests/charset/word_lists.h"

namespace qianli::test {

std::vector<std::string_view> words(std::string_view list)
{
    std::vector<std::string_view> found;
    while (!list.empty()) {
        std::size_t const end = list.find(' ');
        if (end != 0)
            found.push_back(list.substr(0, end));
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return found;
}

// Romanized after the slash.
std::string_view const commonSurnames =
    "王/Wang 李/Li 张/Zhang 刘/Liu 陈/Chen 杨/Yang 黄/Huang 赵/Zhao 吴/Wu 周/Zhou 徐/Xu 孙/Sun 马/Ma 朱/Zhu 胡/Hu "
    "郭/Guo 何/He 林/Lin 高/Gao 罗/Luo 郑/Zheng 梁/Liang 谢/Xie 宋/Song 唐/Tang 许/Xu 韩/Han 冯/Feng 邓/Deng 曹/Cao "
    "彭/Peng 曾/Zeng 肖/Xiao 田/Tian 董/Dong 袁/Yuan 潘/Pan 于/Yu 蒋/Jiang 蔡/Cai 余/Yu 杜/Du 叶/Ye 程/Cheng 苏/Su "
    "魏/Wei 吕/Lv 丁/Ding 任/Ren 沈/Shen 姚/Yao 卢/Lu 姜/Jiang 崔/Cui 钟/Zhong 谭/Tan 陆/Lu 汪/Wang 范/Fan 金/Jin "
    "石/Shi 廖/Liao 贾/Jia 夏/Xia 韦/Wei 傅/Fu 方/Fang 白/Bai 邹/Zou 孟/Meng 熊/Xiong 秦/Qin 邱/Qiu 江/Jiang 尹/Yin "
    "薛/Xue 闫/Yan 段/Duan 雷/Lei 侯/Hou 龙/Long 史/Shi 陶/Tao 黎/Li 贺/He 顾/Gu 毛/Mao 郝/Hao 龚/Gong 邵/Shao "
    "欧阳/Ouyang 上官/Shangguan 司马/Sima 诸葛/Zhuge 令狐/Linghu 尉迟/Yuchi 皇甫/Huangfu 慕容/Murong";

std::string_view const rareSurnames =
    "禚/Zhuo 逄/Pang 宓/Mi 亓/Qi 乜/Nie 仉/Zhang 佘/She 佴/Nai 俎/Zu 偰/Xie 侴/Chou 冼/Xian 刁/Diao 刑/Xing 励/Li "
    "匡/Kuang 厉/Li 吉/Ji 呙/Guo 咸/Xian 哈/Ha 喇/La 圈/Juan 塔/Ta 墨/Mo 奚/Xi 妫/Gui 姒/Si 姬/Ji 宣/Xuan 寇/Kou "
    "寿/Shou 屠/Tu 山/Shan 岑/Cen 巢/Chao 巩/Gong 帅/Shuai 庹/Tuo 库/She 弓/Gong 强/Qiang 忻/Xin 戚/Qi 扈/Hu "
    "敬/Jing 昝/Zan 明/Ming 晁/Chao 晏/Yan 暴/Bao 朐/Qu 来/Lai 松/Song 栗/Li 桓/Huan 桑/Sang 樵/Qiao 檀/Tan "
    "殷/Yin 母/Mu 沃/Wo 沐/Mu 治/Zhi 泰/Tai 洛/Luo 浦/Pu 渠/Qu 湛/Zhan 漆/Qi 濮/Pu 烟/Yan 燕/Yan 狄/Di 璩/Qu "
    "甄/Zhen 甯/Ning 皮/Pi 盍/He 盘/Pan 相/Xiang 矫/Jiao 碧/Bi 祖/Zu 种/Chong 笪/Da 符/Fu 粟/Su 糜/Mi 缪/Miao "
    "羊/Yang 羿/Yi 荀/Xun 茅/Mao 荆/Jing 莘/Shen 菅/Jian 萨/Sa 蒯/Kuai 蔚/Yu 蔺/Lin 薄/Bo 藏/Zang 虎/Hu 虞/Yu "
    "衣/Yi 訾/Zi 诺/Nuo 谈/Tan 谌/Chen 豆/Dou 贝/Bei 赛/Sai 遇/Yu 郁/Yu 郄/Qie 郇/Huan 郏/Jia 郗/Xi 郜/Gao "
    "郦/Li 鄂/E 酆/Feng 银/Yin 锁/Suo 阚/Kan 隆/Long 隗/Kui 鞠/Ju 麦/Mai 麻/Ma 黑/Hei 查/Zha 揭/Jie 伏/Fu 班/Ban "
    "别/Bie 步/Bu 从/Cong 邰/Tai 第/Di 干/Gan 国/Guo 海/Hai 红/Hong 后/Hou 还/Huan 计/Ji 靖/Jing 隽/Juan 乐/Le "
    "连/Lian 廉/Lian 路/Lu 满/Man 慕/Mu 那/Na 乃/Nai 能/Nai 聂/Nie 逯/Lu 瞿/Qu 冉/Ran 闪/Shan 尚/Shang 拓/Tuo "
    "万/Wan 蔄/Man 昃/Ze 缑/Gou 宦/Huan 胥/Xu 鲜/Xian 荣/Rong 展/Zhan 支/Zhi 仲/Zhong 钭/Tou 祝/Zhu 卓/Zhuo";

std::string_view const traditionalNames =
    "張誠 劉國強 陳麗華 楊慶雲 黃志強 趙鳳儀 吳學勤 孫寶珍 馬驥 謝淑貞 許麗萍 韓雲龍 鄧小紅 馮玉蘭 葉錦榮 蘇美鳳 "
    "呂偉傑 鍾麗娟 譚詠麟 陸曉東 鄒慧敏 龔樹仁 賴國華 關錦鵬 歐陽靜 區誠奮 簡錦輝 顏寶鈴 嚴慶祥 龍應臺 鄭淑儀 羅啟銳 "
    "蔣麗雲 盧敏儀 衛燕嫻 戴麗卿 饒宗頤 麥潔玲 單偉豹 萬梓良 錢學森 閻錫山 鐵凝 寧靜 賈寶玉 廖啟智 鮑國安 駱應鈞";

// Second and later characters of names.
std::string_view const syllables =
    "伟 芳 娜 秀 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 兰 霞 平 刚 桂 英 华 玉 萍 红 娥 玲 芬 燕 彩 春 菊 勤 珍 "
    "贞 莉 素 云 莲 真 环 雪 荣 爱 妹 香 月 莺 媛 瑞 凡 佳 嘉 琼 桦 进 忠 国 建 文 志 永 海 生 福 祥 林 光 天 达 安 岩 "
    "中 茂 武 新 利 清 飞 彬 富 顺 信 子 学 才 发 成 康 星 辉 固 之 轮 翰 朗 伯 宏 言 若 鸣 朋 斌 梁 栋 维 启 克 伦 翔 "
    "旭 鹏 泽 晨 辰 士 以 家 致 树 炎 德 行 时 泰 盛 雄 琛 钧 冠 策 腾 楠 榕 风 航 弘 一 三 二 大 小 宝 庆 连 喜 仁 义 "
    "礼 智 东 西 南 北 金 木 水 火 土 雨 山 川 江 河 湖 龙 虎 凤 梅 竹 松 柏 桃 花 果 叶 根 苗 宇 宙 诗 琪 涵 梓 轩 浩 "
    "然 欣 怡 思 雅 婷 倩 慧 洁 颖 璐 蕾 薇 莹 晶 妍 茜 秋 珊 莎 锦 黛 青 倩 婉 娴 瑾 璟 瑄 昊 昱 晟 煜 熠 炜 烨 焱 皓 "
    "睿 祎 禹 筠 绮 翊 胤 芮 苒 荃 菡 萱 葳 蓓 蕙 衍 裕 诚 诺 谦 豪 赟 逸 邦 郁 钰 铭 锋 锐 镇 闻 陶 霖 霄 韬 颂 骁 骏";

// Beyond GB 2312, among them second bytes 5C, 5E and 7C in GBK, and characters of four bytes in GB 18030.
std::string_view const rareGivenNames =
    "昞 玘 堃 喆 珺 玥 翀 旸 頔 犇 淼 燚 垚 赑 晞 曌 瑀 珣 璠 玕 玗 玠 玡 玢 珅 珏 珝 琍 琎 琤 瑆 瑢 璆 璘 璥 甡 畾 眈 "
    "祃 祐 祺 禑 稑 窋 竤 笎 筼 粦 絢 綝 縉 罡 翃 翙 耘 脩 舣 芃 荛 莙 菂 葭 蒄 蘅 虢 袆 訢 詠 誠 谞 豳 贇 跹 軒 輝 迺 "
    "逵 邨 郕 釗 鈺 鉴 銘 鋒 鍇 鎏 鏵 鑫 镕 閔 闿 阗 雱 霂 靑 韡 頲 顒 颀 颢 飏 馥 骞 骢 髙 鴻 鹍 麒 黾 龑 䶮 𠮷 㛃 㑇 "
    "𬭎 𬀩 𫍽 𣸣 𤩽 㴪 㬢 䘵 䴖 㺭 𬱖 𬸣";

std::string_view const ethnicNames =
    "买买提·艾合买提 阿依古丽·吐尔逊 迪丽热巴·迪力木拉提 古力娜扎尔·拜合提亚尔 努尔买买提·依明 "
    "阿布都热西提·阿不都拉 帕提古丽·玉山 热依汗古丽·卡德尔 艾尼瓦尔·吾斯曼 巴哈提·努尔兰 叶尔兰·哈布力 木拉提·别克 "
    "洛桑·次仁 扎西·多吉 卓玛·央金 才让·东智 益西·卓嘎 巴特尔·那仁 乌兰·其其格 斯琴·高娃 哈斯·巴根 莫日根·图雅 "
    "吐尔洪·阿布力孜 玛依拉·沙迪克 塔依尔·艾山 布麦热姆·库尔班 阿米娜·马木提 吉克·阿依 沙马·拉毕 阿的·约布";

std::string_view const hospitals =
    "普子乡卫生院 青山县人民医院 白河镇中心卫生院 南溪县中医医院 石桥乡卫生院 云岭县妇幼保健院 双龙社区卫生服务中心 "
    "黑水县第二人民医院 凤凰镇卫生院 大湾区医疗集团总医院 新田县医共体总院 磐石市红十字会医院 羊角塘镇卫生院 "
    "太平街道社区卫生服务站 漯河市第六人民医院 邛崃市医疗中心医院 沭阳县南关医院 亳州市谯城区人民医院";

std::string_view const examinations =
    "胸部正位片 胸部平扫 头颅CT平扫 腹部彩超 右膝关节正侧位 左手正斜位 腰椎侧位 全腹部增强扫描 上腹部平扫+增强 "
    "颈椎正侧位 骨盆平片 双肺CT 肝胆脾胰超声 甲状腺彩超 产科超声(中孕) 心脏彩超 副鼻窦冠状位 乳腺钼靶 下肢静脉造影 "
    "泌尿系KUB 数字化摄影DR胸片 脊柱全长拼接 踝关节三维重建 颅脑磁共振T2加权 眼眶薄层 肋骨斜位 腕关节轴位";

std::string_view const departments = "放射科 影像中心 超声科 急诊科 CT室 骨科门诊 体检中心 呼吸内科二病区";

std::vector<LatinLanguage> const latinLanguages{
    {"German",
     "Müller^Eva Schön^Jörg Groß^Günther Böhm^Käthe Weiß^Jürgen Jäger^Björn Krüger^Hölle Schröder^Ägidius "
     "Köhler^Öttinger Fuß^Sören Hübner^Änne Löwe^Übelacker Däubler^Grün Süß^Rüdiger Höß^Fränzi Brühl^Ärztin "
     "MÜLLER^JÖRG",
     "Schädel Röntgenaufnahme Übersicht Hüfte Füße-beidseits Kniegelenk-gehalten Größe Wirbelsäule"},
    {"French",
     "Lefèvre^Hélène Buc^Jérôme Bénézet^François Noël^Zoé Évrard^Gaëlle Gérard^Anaïs Côté^Frédérique Désiré^Réné "
     "Crépeau^Irène Müret^Maïté Hébert^Benoît Lemaître^Aimée Châtelet^Émilie Garçon^Stéphane Forêt^Adélaïde "
     "Brûlé^Théophile L'Hôpital^Guillaume",
     "Thorax-face-répété Crâne Épaule-gauche Côtes Échographie Poignet-fracturé Hôpital-Général"},
    {"Spanish",
     "Muñoz^José Peña^Íñigo Ibáñez^Martín Núñez^Ángela García^Sofía López^Ramón Gómez^Inés Rodríguez^Raúl Pérez^Jesús "
     "Ordóñez^Belén Zúñiga^Matías Cañizares^Óscar Güemes^Begoña Argüello^Verónica Yáñez^Úrsula Sáenz^Iñaki "
     "Vicuña^Álvaro",
     "Tórax Cráneo Ecografía Columna-lumbar-estática Abdómen Radiografía Pélvis"},
    {"Portuguese",
     "Conceição^João Gonçalves^Inês Simões^António Araújo^Luís Guimarães^Mônica Magalhães^Cecília Brandão^Flávio "
     "Leitão^Estêvão Falcão^Júlia Camões^Lídia Galvão^Cláudio Negrão^Patrícia Assunção^Débora Sá^Zé Fé^Caetano "
     "Antão^Tânia",
     "Crânio Tórax-póstero-anterior Coração Pulmão Fêmur Ressonância Joelho-às-duas-incidências"},
    {"Swedish",
     "Åström^Göran Öberg^Märta Sjöberg^Åsa Björklund^Örjan Hägg^Pär Lindström^Maj-Britt-Åse Höglund^Kåre Ståhl^Sölve "
     "Åkerblöm^Ängla Sjögren^Bengt-Åke Törnqvist^Håkan Östlund^Ärla Bäck^Jörgen Ekström^Östen Gård^Ylva-Märit "
     "Nyström^Ulla "
     "ÅBERG^ÖRJAN",
     "Lungröntgen Höftled Handled-vänster Bröstrygg Skalle-översikt Knä"},
    {"Finnish",
     "Hämäläinen^Väinö Mäkinen^Päivi Määttä^Yrjö Jääskeläinen^Hilkka Häkkinen^Pirjo Lämsä^Äijö Töyrylä^Sämi "
     "Pöyhönen^Jörn "
     "Väisänen^Tähti Kärkkäinen^Räsä Lähteenmäki^Pentti Ylönen^Östen Nyyssölä^Jäärä Pääkkönen^Leo Hyvönen^Säde",
     "Pää Keuhkojen-röntgen Lantio-etukuva Käsi Kylkiluut-räjähtävät Nilkka-sääri"},
    {"Danish",
     "Sørensen^Søren Jørgensen^Bjørn Kjær^Åse Østergaard^Niels-Åge Nørgård^Lærke Skov^Mølle Bæk^Jens-Ærø "
     "Højgaard^Gråbrødre",
     "Håndled Hjerne-uden-kontrast Røntgen Lænderyg Knæ"},
    {"Icelandic",
     "Þórðarson^Jón Guðmundsdóttir^Ásta Sigurðsson^Ægir Björnsdóttir^Þóra Jónsson^Óðinn Hallgrímsson^Úlfur",
     "Höfuð Mjöðm Brjóst"}};

std::string_view const cyrillicNames =
    "Иванов^Пётр Смирнова^Ольга Кузнецов^Юрий Попова^Елена Соколов^Артём Лебедева^Наталья Козлов^Михаил Новикова^Анна "
    "Морозов^Игорь Петрова^Щукина Волков^Фёдор Алексеева^Жанна Павлов^Эдуард Семёнова^Ия Голубев^Яков Люксембург "
    "Хабибуллин^Рашид Бекмамбетов^Тимур Цой^Виктор Шевченко^Тарас";

std::string_view const japaneseNames =
    "Yamada^Tarou=山田^太郎=やまだ^たろう Satou^Hanako=佐藤^花子=さとう^はなこ "
    "Suzuki^Ichirou=鈴木^一郎=すずき^いちろう "
    "Takahashi^Ken=高橋^健=たかはし^けん Tanaka^Yui=田中^結衣=たなか^ゆい Itou^Mio=伊藤^美桜=いとう^みお "
    "Watanabe^Sora=渡辺^空=わたなべ^そら Nakamura^Ren=中村^蓮=なかむら^れん Kobayashi^Aoi=小林^葵=こばやし^あおい "
    "Katou^Haru=加藤^陽=かとう^はる Yoshida^Rin=吉田^凛=よしだ^りん Shimizu^Jun=清水^純=しみず^じゅん";

std::string_view const katakanaNames =
    "ﾔﾏﾀﾞ^ﾀﾛｳ ｻﾄｳ^ﾊﾅｺ ｽｽﾞｷ^ｲﾁﾛｳ ﾀｶﾊｼ^ｹﾝ ﾀﾅｶ^ﾕｲ ｲﾄｳ^ﾐｵ ﾜﾀﾅﾍﾞ^ｿﾗ ﾅｶﾑﾗ^ﾚﾝ ｺﾊﾞﾔｼ^ｱｵｲ ｶﾄｳ^ﾊﾙ";

} // namespace qianli::test
