#include "tests/support/chinese_names.h"

#include "common/base/text.h"

#include <cctype>
#include <cmath>

namespace qianli::test {
namespace {

// Character and readings, of which there may be several: 覃qin/tan.
constexpr char const* surnameList =
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin "
    "高gao 罗luo "
    "郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 邓deng 冯feng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 潘pan "
    "袁yuan 蔡cai "
    "蒋jiang 余yu 于yu 杜du 叶ye 程cheng 魏wei 苏su 吕lv 丁ding 任ren 卢lu 姚yao 沈shen 钟zhong 姜jiang 崔cui 谭tan "
    "陆lu 范fan "
    "汪wang 廖liao 石shi 金jin 韦wei 贾jia 夏xia 付fu 方fang 邹zou 熊xiong 白bai 孟meng 秦qin 邱qiu 侯hou 江jiang "
    "尹yin 薛xue "
    "闫yan 段duan 雷lei 龙long 黎li 史shi 陶tao 贺he 毛mao 郝hao 顾gu 龚gong 邵shao 万wan 覃qin/tan 武wu 钱qian 戴dai "
    "严yan "
    "莫mo 孔kong 向xiang 常chang 汤tang 温wen 康kang 施shi 文wen 牛niu 樊fan 葛ge 邢xing 安an 齐qi 易yi 乔qiao 伍wu "
    "庞pang "
    "颜yan 倪ni 庄zhuang 聂nie 章zhang 鲁lu 岳yue 翟zhai 申shen 欧ou 耿geng 关guan 兰lan 焦jiao 俞yu 左zuo 柳liu 甘gan "
    "祝zhu "
    "包bao 宁ning 尚shang 符fu 舒shu 阮ruan 柯ke 纪ji 梅mei 童tong 凌ling 毕bi 单shan 季ji 裴pei 霍huo 涂tu 成cheng "
    "苗miao "
    "谷gu 曲qu 盛sheng 冉ran 翁weng 蓝lan 路lu 游you 靳jin 管guan 柴chai 蒙meng 鲍bao 华hua 喻yu 祁qi 蒲pu 房fang "
    "滕teng 屈qu "
    "饶rao 解xie 牟mou/mu 艾ai 尤you 阳yang 穆mu 农nong 司si 古gu 吉ji 卓zhuo 车che 简jian 卜bu 项xiang 仇qiu 查zha "
    "区ou "
    "盖ge 朴piao 尉wei/yu 乐yue/le 冼xian 缪miao 欧ou 佟tong 桑sang 闵min 宗zong 费fei 岑cen 邬wu 娄lou 候hou 褚chu "
    "欧阳ou,yang 司马si,ma 诸葛zhu,ge 上官shang,guan 司徒si,tu 东方dong,fang 尉迟yu,chi 长孙zhang,sun 万俟mo,qi "
    "令狐ling,hu "
    "皇甫huang,fu 慕容mu,rong 夏侯xia,hou 公孙gong,sun 端木duan,mu 轩辕xuan,yuan 淳于chun,yu 宇文yu,wen";

constexpr char const* givenList = "伟wei 芳fang 娜na/nuo 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang 勇yong 艳yan "
                                  "杰jie 娟juan 涛tao 明ming 超chao 秀xiu "
                                  "霞xia 平ping 刚gang 桂gui 英ying 华hua 玉yu 兰lan 红hong 萍ping 鹏peng 飞fei 辉hui "
                                  "玲ling 梅mei 建jian 国guo 文wen 斌bin "
                                  "波bo 宇yu 浩hao 凯kai 健jian 俊jun 帆fan 雪xue 帅shuai 慧hui 颖ying 倩qian 婷ting "
                                  "琳lin 欣xin 怡yi 佳jia 嘉jia 雨yu 轩xuan "
                                  "涵han 子zi 梓zi 晨chen 阳yang 博bo 睿rui 思si 诗shi 语yu 若ruo 曦xi 悦yue 月yue "
                                  "乐le/yue 琪qi 瑶yao 璐lu 露lu 菲fei 蕾lei "
                                  "莉li 莎sha/suo 茜qian/xi 蓉rong 荣rong 莲lian 菊ju 花hua 芬fen 芝zhi 芸yun 苗miao "
                                  "春chun 夏xia 秋qiu 冬dong 东dong 南nan 西xi "
                                  "北bei 山shan 川chuan 江jiang 河he 海hai 湖hu 泉quan 源yuan 洪hong 泽ze 清qing 淑shu "
                                  "淼miao 润run 滨bin 瀚han 金jin 银yin "
                                  "铁tie 钢gang 锋feng 铭ming 鑫xin 锐rui 锦jin 木mu 林lin 森sen 松song 柏bai/bo "
                                  "桐tong 楠nan 榕rong 树shu 栋dong 梁liang 杨yang "
                                  "火huo 炎yan 焱yan 煜yu 炜wei 烨ye 灿can 熙xi 照zhao 土tu 坤kun 培pei 坚jian 城cheng "
                                  "垚yao 岩yan 峰feng 岭ling 岳yue 峻jun "
                                  "天tian 地di 日ri 星xing 云yun 风feng 雷lei 电dian 霖lin 霄xiao 震zhen 志zhi 忠zhong "
                                  "孝xiao 仁ren 义yi 礼li 智zhi 信xin 诚cheng "
                                  "德de 善shan 贤xian 良liang 恩en 惠hui 恒heng 恺kai 悟wu 念nian 爱ai 福fu 禄lu "
                                  "寿shou 喜xi 财cai 富fu 贵gui 祥xiang 瑞rui 吉ji "
                                  "祯zhen 祺qi 禹yu 龙long 凤feng 虎hu 豹bao 麒qi 麟lin 鹤he 燕yan 鸿hong 鹰ying 骏jun "
                                  "骁xiao 大da 小xiao 中zhong 长chang/zhang "
                                  "少shao 老lao 新xin 永yong 久jiu 世shi 代dai 先xian 后hou 前qian 正zheng 真zhen "
                                  "实shi 高gao 远yuan 宏hong 伯bo 仲zhong 叔shu 季ji "
                                  "一yi 二er 三san 四si 五wu 六liu 七qi 八ba 九jiu 十shi 百bai 千qian 万wan 亿yi "
                                  "兆zhao 元yuan 亨heng 利li 贞zhen 乾qian 昆kun "
                                  "安an 宁ning 康kang 泰tai 和he 顺shun 静jing 美mei 婉wan 娇jiao 媛yuan 嫣yan 妮ni "
                                  "姝shu 妍yan 婧jing 娥e 嫦chang 婵chan 素su "
                                  "洁jie 冰bing 青qing 蓝lan 紫zi 白bai 黑hei 丹dan 彤tong 彩cai 虹hong 晓xiao 旭xu "
                                  "昊hao 晖hui 晟sheng/cheng 晶jing 景jing 智zhi "
                                  "昕xin 昱yu 昌chang 昂ang 晴qing 暖nuan 璇xuan 琦qi 珊shan 珍zhen 珠zhu 琴qin 瑜yu "
                                  "瑾jin 璟jing 瑄xuan 玘qi 珂ke 玥yue 环huan "
                                  "庆qing 延yan 廷ting 开kai 启qi 承cheng 振zhen 兴xing 旺wang 盛sheng/cheng 达da "
                                  "通tong 进jin 运yun 迪di 逸yi 连lian 道dao 立li "
                                  "功gong 业ye 成cheng 武wu 斗dou 胜sheng 利li 战zhan 卫wei 兵bing 民min 邦bang 社she "
                                  "党dang 学xue 书shu 画hua 棋qi 艺yi 才cai "
                                  "行xing/hang 朝chao/zhao 绿lv 吕lv 女nv 生sheng 友you 友you 有you 家jia 宝bao 贝bei "
                                  "娃wa 儿er 香xiang 甜tian 曼man 可ke 心xin "
                                  "以yi 之zhi 亦yi 奕yi 翼yi 羽yu 翔xiang 翠cui 习xi 耀yao 光guang 元yuan 克ke 力li "
                                  "加jia 劲jin 勤qin 勋xun 化hua 卓zhuo 双shuang "
                                  "发fa 取qu 合he 同tong 向xiang 君jun 全quan 公gong 共gong 其qi 典dian 冠guan 冲chong "
                                  "凡fan 则ze 初chu 昞bing 彦yan 彬bin 影ying";

ReadCharacters parse(std::string const& word)
{
    ReadCharacters parsed;
    std::size_t const letters = word.find_first_of("abcdefghijklmnopqrstuvwxyz");
    parsed.characters = word.substr(0, letters);
    for (std::string const& one : text::split(word.substr(letters), ','))
        parsed.readings.push_back(text::split(one, '/'));
    return parsed;
}

std::vector<ReadCharacters> parseAll(char const* list)
{
    std::vector<ReadCharacters> all;
    for (std::string const& word : text::split(list, ' '))
        if (!word.empty())
            all.push_back(parse(word));
    return all;
}

std::string capital(std::string word)
{
    word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
    return word;
}

} // namespace

std::vector<ReadCharacters> const& surnames()
{
    static auto const list = parseAll(surnameList);
    return list;
}

std::vector<ReadCharacters> const& givenCharacters()
{
    static auto const list = parseAll(givenList);
    return list;
}

std::string MadeName::characters() const
{
    return component("");
}

std::string MadeName::component(std::string_view between) const
{
    std::string all = surname.characters + std::string(between);
    for (ReadCharacters const& one : given)
        all += one.characters;
    return all;
}

std::string MadeName::letters() const
{
    std::string family, rest;
    for (auto const& one : surname.readings)
        family += one[0];
    for (ReadCharacters const& one : given)
        rest += one.readings[0][0];
    return capital(family) + "^" + capital(rest);
}

std::vector<std::vector<std::string>> MadeName::syllables() const
{
    auto all = surname.readings;
    for (ReadCharacters const& one : given)
        all.push_back(one.readings[0]);
    return all;
}

MadeName makeName(std::mt19937_64& random)
{
    // The share of a surname falls with its rank, as it does among people: the first three have a fifth of all.
    auto const drawn = [&](std::size_t count, double steep) {
        double const part = static_cast<double>(random() >> 11) * 0x1.0p-53;
        return std::min(count - 1, static_cast<std::size_t>(static_cast<double>(count) * std::pow(part, steep)));
    };
    MadeName name;
    name.surname = surnames()[drawn(surnames().size(), 2.2)];
    std::size_t const count = random() % 5 == 0 ? 1 : 2;
    for (std::size_t i = 0; i < count; ++i)
        name.given.push_back(givenCharacters()[drawn(givenCharacters().size(), 1.4)]);
    return name;
}

} // namespace qianli::test
