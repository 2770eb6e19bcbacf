#include "viewer/i18n/chinese_sentences.h"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace qianli::viewer {

namespace {
struct Sentence {
    std::string_view english; // {} stands for a value
    char const* chinese;      // %1 is the first of them
};

constexpr std::array known{
    // viewer/report: before signing
    Sentence{"{} is empty in the {}", "%2的%1是空的"},
    Sentence{"{} differs where it is masked: the {} and the {}", "%1的遮盖部分不同：%2和%3"},
    Sentence{"{} differs: '{}' in the {}, '{}' in the {}", "%1不一致：%3是“%2”，%5是“%4”"},
    Sentence{"the character U+{} of the {} is in none of the report's fonts",
             "%2里有一个字（编码 U+%1）在报告的字库里没有"},
    Sentence{"the report has no {}", "报告还没有%1"},
    Sentence{"the report's UIDs are not fixed yet", "报告还没有自己的标识 (UID)"},
    Sentence{"the {} is not UTF-8", "%1含有不能识别的字符"},
    Sentence{"the value for ({},{}) is not UTF-8", "(%1,%2) 的内容含有不能识别的字符"},
    Sentence{"({},{}) can't be written: {}", "(%1,%2) 写不进报告：%3"},
    Sentence{"an image of the report lacks a UID: '{}'", "报告引用的一幅图像缺少标识 (UID)：“%1”"},
    Sentence{"the report has no SOP Instance UID for its structured report", "报告还没有结构化报告的标识 (UID)"},
    Sentence{"{} is no PDF", "%1 不是 PDF"},
    Sentence{"the PDF can't be put into the data set", "PDF 放不进 DICOM 对象"},
    Sentence{"the PDF can't be painted", "PDF 画不出来"},
    Sentence{"the font WenQuanYi Zen Hei (package fonts-wqy-zenhei), in which reports are printed, is not installed",
             "没有安装印报告用的字体“文泉驿正黑”（软件包 fonts-wqy-zenhei）"},
    Sentence{"a report has at most {} key images", "报告最多附 %1 幅关键图"},
    Sentence{"a key image is empty", "一幅关键图没有画面"},
    Sentence{"a character of a key image's caption is in none of the report's fonts",
             "关键图说明里有一个字在报告的字库里没有"},
    // viewer/render: three planes
    Sentence{"no volume: an image does not say where it lies or how large its pixels are",
             "有图像没有写明位置或像素大小"},
    Sentence{"no volume: the images differ in matrix or pixel spacing", "各层的矩阵或像素间距不一样"},
    Sentence{"no volume: the images are in colour", "图像是彩色的"},
    Sentence{"no volume: the images do not share a frame of reference", "各层不在同一个坐标系里"},
    Sentence{"no volume: two images lie at the place of slice {}", "第 %1 层的位置上有两幅图像"},
    Sentence{"no volume: the series is not a stack of at least three parallel slices", "不是至少三层平行的断层"},
    Sentence{"no volume: the images lie in one place", "图像都在同一个位置"},
    Sentence{"no volume: the images reach farther than any patient", "图像伸展得比任何患者都远，位置或像素间距不可信"},
    Sentence{"no volume: the slices are sheared by {} degrees, which no gantry does",
             "各层错开了 %1 度，没有机架会这样倾斜"},
    Sentence{"no volume: the slices are shifted against each other", "各层左右错开，不在一条直线上"},
    Sentence{"no volume: the slices are not parallel", "各层不平行"},
    Sentence{"no volume: the images say where they lie in the transducer's space, not in the patient's",
             "图像的位置是探头坐标，不是患者坐标"},
    Sentence{"no volume: the images are single lines", "图像只有一行或一列像素"},
    Sentence{"no volume: {} slices of {}x{} need {} MB, and this machine may give {} MB",
             "%1 层 %2×%3 要 %4 MB，这台机器最多能给 %5 MB"},
    Sentence{"no volume: the pixels of a slice are missing or of another size", "有一层缺像素，或大小不同"},
    Sentence{"a volume needs the pixels of every slice", "重建要有每一层的像素"},
    // viewer/client: files
    Sentence{"{}: the medium's directory is damaged; the files beside it were read",
             "%1：光盘目录已损坏，已直接读取旁边的文件"},
    // documents: electrocardiograms, reports, PDFs
    Sentence{"sound (mu-law or A-law samples) is not available in this version", "这个版本不能播放声音"},
    Sentence{"Waveform Sample Interpretation '{}' (5400,1006) does not fit {} bits",
             "采样类型 (5400,1006)“%1”与 %2 位不符"},
    Sentence{"{} MB of samples in one group are too many", "一组采样有 %1 MB，太多了"},
    Sentence{"Waveform Data (5400,1010) holds {} bytes where {} channels of {} samples of {} bits need {}",
             "波形数据 (5400,1010) 只有 %1 字节：%2 个通道、各 %3 个 %4 位采样，要 %5 字节"},
    Sentence{"Number of Waveform Channels (003A,0005) is {} where {} are defined",
             "通道数 (003A,0005) 写的是 %1，定义了 %2 个"},
    Sentence{"Number of Waveform Samples (003A,0010) is {}", "采样数 (003A,0010) 写的是 %1"},
    Sentence{"Sampling Frequency (003A,001A) of {} Hz", "采样频率 (003A,001A) 写的是 %1 Hz"},
    Sentence{"channel {} begins {} seconds away from its group", "通道 %1 的开始与本组差 %2 秒"},
    Sentence{"the object has no Waveform Sequence (5400,0100)", "对象里没有波形 (5400,0100)"},
    Sentence{"{} multiplex groups are too many", "有 %1 组波形，太多了"},
    Sentence{"the object holds no document", "对象里没有文档"},
    Sentence{"there is no page {}: the document has {}", "没有第 %1 页：文档共 %2 页"},
    Sentence{"no memory for a page of that size", "内存不够画这么大的一页"},
    Sentence{"the page is too large", "这一页太大"},
    Sentence{"the page's picture can't be read", "画好的一页读不出来"},
    Sentence{"a PDF of {} MB is too large", "PDF 有 %1 MB，太大了"},
    Sentence{"the PDF has no pages", "PDF 里没有页"},
    Sentence{"the PDF has no page {}", "PDF 没有第 %1 页"},
    Sentence{"the program that draws PDFs was ended: it took too long", "画 PDF 的程序用时太久，已结束"},
    Sentence{"the program that draws PDFs broke down over this document", "画 PDF 的程序被这份文档弄坏了"},
    Sentence{"the PDF can't be drawn", "PDF 画不出来"},
    Sentence{"this is no PDF that can be read", "不是能读的 PDF（或有密码）"},
    Sentence{"the PDF has no pages or too many", "PDF 里没有页，或页太多"},
    Sentence{"a page can't be read or is too large", "有一页读不出来，或太大"},
    Sentence{"a page can't be drawn", "这一页画不出来"},
    Sentence{"out of memory", "内存不够"},
    // the DICOM network, where there is nobody
    Sentence{"{} at {}: TCP Initialization Error: Connection refused", "连不上 %1（%2）：对方没有运行"},
    Sentence{"{} at {}: TCP Initialization Error: {}", "连不上 %1（%2）：%3"},
    // viewer/model, viewer/decoding: a picture
    Sentence{"the look-up tables of {} frames are too large", "%1 帧的查找表太大"},
    Sentence{"a decoded frame of the wrong size", "解码出来的画面大小不对"},
    Sentence{"the object's pixels are on another machine (JPIP)", "这个对象的像素在另一台机器上（JPIP），这里没有"},
    Sentence{"the palette of the image is missing or unreadable", "图像的调色板缺失或不能读"},
    Sentence{"colours of {} are not available in this version", "这个版本还不能显示 %1 的颜色"},
    Sentence{"colours with Bits Allocated (0028,0100) of {} are not available in this version",
             "这个版本还不能显示分配 %1 位的彩色图像"},
    Sentence{"compressed pixels with Bits Allocated (0028,0100) of {} are not available in this version",
             "这个版本还不能显示分配 %1 位的压缩图像"},
    Sentence{"palette colours of {} bits are not available in this version", "这个版本还不能显示 %1 位的调色板图像"},
    Sentence{
        "floating point pixels of {} bits with Bits Allocated (0028,0100) of {} and {} Samples per Pixel (0028,0002)",
        "%1 位浮点像素与分配位数 %2、每像素 %3 个值不相符"},
    Sentence{"floating point pixels can't be encapsulated", "浮点像素不能是压缩的"},
    Sentence{"{} is missing or unreadable", "缺少 %1，或不能读"},
    Sentence{"{} {} is missing", "缺少 %1 %2"},
    Sentence{"an image of {} rows and {} columns is too large", "%1 行 %2 列的图像太大"},
    Sentence{"an image of {} rows and {} columns", "图像写着 %1 行 %2 列"},
    Sentence{"Bits Allocated (0028,0100) of {} is not available in this version",
             "这个版本还不能显示每像素 %1 位的图像"},
    Sentence{"Bits Stored {} and High Bit {} do not fit into Bits Allocated {}",
             "存储位数 %1、最高位 %2 与分配位数 %3 不符"},
    Sentence{"{} Samples per Pixel (0028,0002) are not available in this version",
             "这个版本还不能显示每像素 %1 个分量的图像"},
    Sentence{"the file was changed after it had been opened: open it again", "文件打开之后被改动过，请重新打开"},
    Sentence{"the object has more than {} frames", "对象多于 %1 帧"},
    Sentence{"the pre-scan found pixel data beyond the end of the file", "像素数据超出了文件的末尾"},
    Sentence{"the object has no Pixel Data (7FE0,0010)", "这个对象没有图像"},
    Sentence{"the data set is written in a way that its readers understand differently",
             "数据写法有歧义，不同的程序会读出不同的内容"},
    Sentence{"the data set can't be read: {}", "数据不能读：%1"},
    Sentence{"Pixel Data (7FE0,0010) ends inside its header", "像素数据在开头就断了"},
    Sentence{"Float Pixel Data (7FE0,0008) and Double Float Pixel Data (7FE0,0009) are not available in this version",
             "这个版本还不能显示浮点像素"},
    Sentence{"Pixel Data (7FE0,0010) is {}, and transfer syntax {} says otherwise",
             "像素数据的写法 (%1) 与传输语法 %2 不符"},
    Sentence{"Pixel Data (7FE0,0010) announces {} bytes where {} are left", "像素数据说有 %1 字节，实际只剩 %2 字节"},
    Sentence{"Pixel Data (7FE0,0010) ends without a Sequence Delimitation Item", "像素数据没有写完"},
    Sentence{"fragment {} of Pixel Data (7FE0,0010) is malformed", "像素数据的第 %1 段写坏了"},
    Sentence{"there is no frame {}: the object holds {}", "没有第 %1 帧，一共 %2 帧"},
    Sentence{"Pixel Data (7FE0,0010) holds {} bytes where frame {} ends at {}",
             "像素数据只有 %1 字节，第 %2 帧应到 %3"},
    Sentence{"{} fragments can't be assigned to {} frames", "%1 段数据分不到 %2 帧上"},
    Sentence{"no fragment holds frame {}", "没有哪一段是第 %1 帧"},
    Sentence{"a JPEG-LS codestream where the transfer syntax says JPEG", "传输语法写的是 JPEG，数据却是 JPEG-LS"},
    Sentence{"a JPEG codestream where the transfer syntax says JPEG-LS", "传输语法写的是 JPEG-LS，数据却是 JPEG"},
    Sentence{"the JPEG codestream is too long", "JPEG 数据太长"},
    Sentence{"the JPEG decoder did not start", "JPEG 解码器没有启动"},
    Sentence{"the JPEG codestream holds wider samples than Bits Allocated", "JPEG 数据的位数超过分配位数"},
    Sentence{"the JPEG codestream ends early", "JPEG 数据没有写完"},
    Sentence{"the JPEG codestream is damaged: {}", "JPEG 数据已损坏：%1"},
    Sentence{"JP2 boxes without a codestream", "JP2 里没有图像数据"},
    Sentence{"the JPEG 2000 codestream holds no image", "JPEG 2000 数据里没有图像"},
    Sentence{"JPEG 2000 with sub-sampled or unlike components is not available in this version",
             "这个版本还不能显示分量大小不一的 JPEG 2000"},
    Sentence{"the JPEG 2000 header is damaged: {}", "JPEG 2000 的头已损坏：%1"},
    Sentence{"the JPEG 2000 codestream is damaged: {}", "JPEG 2000 数据已损坏：%1"},
    Sentence{"the JPEG 2000 codestream gave a picture of another size", "JPEG 2000 数据的大小与写明的不同"},
    Sentence{"the JPEG frame header is too short", "JPEG 的头太短"},
    Sentence{"the frame does not begin with a JPEG start of image", "这一帧不以 JPEG 开头"},
    Sentence{"no JPEG marker at byte {} of the frame", "这一帧第 %1 字节处应有 JPEG 标记"},
    Sentence{"JPEG marker {}H runs beyond the frame", "JPEG 标记 %1H 超出了这一帧"},
    Sentence{"the frame holds no JPEG frame header", "这一帧没有 JPEG 的头"},
    Sentence{"the {} codestream holds {}x{} pixels where Columns and Rows say {}x{}",
             "%1 数据是 %2×%3，写明的是 %4×%5"},
    Sentence{"the {} codestream holds {} components where Samples per Pixel says {}",
             "%1 数据有 %2 个分量，写明的是 %3"},
    Sentence{"the {} codestream holds {} bits a sample where Bits Allocated says {}",
             "%1 数据每个分量 %2 位，写明的是 %3"},
    Sentence{"the JPEG-LS codestream could not be handed to the decoder", "JPEG-LS 数据交不进解码器"},
    Sentence{"the JPEG-LS codestream is out of range", "JPEG-LS 数据超出范围"},
    Sentence{"the JPEG-LS codestream is damaged: {}", "JPEG-LS 数据已损坏：%1"},
    Sentence{"the frame holds {} bytes where {} are needed", "这一帧只有 %1 字节，应有 %2 字节"},
    Sentence{"the image is coded as {}, which this version can't decode", "图像是 %1 编码的，这个版本不能解码"},
    Sentence{"sub-sampled colours need an even number of columns", "颜色抽样的图像列数必须是偶数"},
    Sentence{"the JPEG 2000 codestream holds unsigned numbers of {} bits where the header says signed ones of {}",
             "JPEG 2000 数据是 %1 位无符号数，写明的是 %2 位有符号数，说不准哪个对"},
    Sentence{"the decoder was ended: it had not finished after {} seconds", "解码 %1 秒还没有完成，已中止"},
    Sentence{"the decoder broke down over this picture", "解码程序在这幅图像上出错退出了"},
    Sentence{"the picture needs more memory than a decoder may take", "这幅图像需要的内存超过了解码程序的限额"},
    Sentence{"the picture is larger than this machine's memory allows", "这幅图像太大，这台机器的内存放不下"},
    Sentence{"a decoder was asked for what it doesn't know", "解码程序与阅片程序版本不同"},
    Sentence{"the decoder program {} does not start", "解码程序 %1 不能启动"},
    Sentence{"the walls of a decoder can't be closed", "解码程序的隔离没有建立起来"},
    Sentence{"the case was closed while its picture was decoded", "解码时这一例已经关闭"},
    Sentence{"the decoder has ended", "解码程序已结束"},
    Sentence{"a decoder gives less than it says", "解码程序给出的数据不全"},
    Sentence{"pictures in transfer syntax {} are not available in this version",
             "这个版本还不能显示传输语法 %1 的图像"},
    Sentence{"an RLE segment ends after {} of {} bytes", "RLE 段只有 %1 字节，应有 %2 字节"},
    Sentence{"an RLE run at byte {} passes the end of its segment", "RLE 第 %1 字节处超出了所在的段"},
    Sentence{"the RLE frame is shorter than its header", "RLE 帧比它的头还短"},
    Sentence{"the RLE frame holds {} segments where the header says {}", "RLE 帧有 %1 段，应有 %2 段"},
    Sentence{"RLE segment {} lies outside the frame", "RLE 第 %1 段在帧以外"},
    // common/dicom: a file
    Sentence{"no DICOM file: neither 'DICM' at byte 128 nor a data set at its start", "不是 DICOM 文件"},
    Sentence{"the file's meta header names no transfer syntax and the data set does not show it",
             "文件没有写明传输语法"},
    Sentence{"the file's meta header is longer than 4 MiB", "文件的元信息太长"},
    Sentence{"the file ends in the middle of its meta header", "文件在元信息里就断了"},
    Sentence{"not a file", "不是文件"},
    Sentence{"the data set is longer than {} bytes", "数据超过 %1 字节"},
    Sentence{"the data set ends in the middle of an element that starts at byte {}",
             "文件不完整：第 %1 字节开始的一项没有写完"},
    Sentence{"{} at byte {} is not closed when the data set ends at byte {}",
             "文件不完整：第 %2 字节的 %1 到第 %3 字节还没有结束"},
    Sentence{"{} at byte {} is still open at byte {}, where the length of what holds it ends",
             "第 %2 字节的 %1 到第 %3 字节还没有结束，超出了所属的范围"},
    Sentence{"the data set has more than {} elements", "数据超过 %1 项"},
    Sentence{"{} at byte {}: sequences are nested deeper than {}", "第 %2 字节的 %1：序列嵌套超过 %3 层"},
    Sentence{"something follows at byte {} behind zeros that end the data set", "数据结尾的零之后，第 %1 字节还有内容"},
    Sentence{"{} at byte {}: its length {} makes the data set longer than {} bytes",
             "第 %2 字节的 %1 长 %3，数据会超过 %4 字节"},
    Sentence{"{} at byte {}: {}", "第 %2 字节的 %1：%3"},
    Sentence{"the file ends at byte {}, {} bytes before it should", "文件到第 %1 字节就断了，还差 %2 字节"},
    Sentence{"{} is larger than {} bytes", "%1 超过 %2 字节"},
    Sentence{"can't be read, or too large for a DICOMDIR", "不能读，或大得不像 DICOMDIR"},
    Sentence{"no directory record sequence (0004,1220)", "没有目录记录 (0004,1220)"},
    // common/dicom/network: the gateway over DICOM
    Sentence{"the peer was silent for {} s", "对方 %1 秒没有应答"},
    Sentence{"the association ended after {} bytes of a data set", "传到第 %1 字节时连接断了"},
    Sentence{"{} released the association", "%1 结束了连接"},
    Sentence{"{} aborted the association", "%1 中断了连接"},
    Sentence{"{} {} the association", "%1 结束了连接 (%2)"},
    Sentence{"{} accepts no {} in transfer syntax {}", "%1 不收传输语法为 %3 的 %2"},
    Sentence{"{} accepts no {}", "%1 不接受 %2"},
    Sentence{"{} answered {} to message {}, not {}", "%1 对第 %3 条消息答的是 %2，应为 %4"},
    Sentence{"{} answered C-ECHO with status {}", "%1 对 C-ECHO 的应答是 %2"},
    Sentence{"{} answered C-FIND with status {}: {}", "%1 对查询的应答是 %2：%3"},
    Sentence{"{} sent {} during a C-GET", "%1 在传图时发来了 %2"},
    Sentence{"{} presentation contexts; 1 to 128 are possible", "%1 个表示上下文，只能有 1 到 128 个"},
    Sentence{"association rejected {}: {}", "连接被拒绝：%2"},
    Sentence{"certificate {} is refused: {}", "对方的证书 %1 不被接受：%2"},
    Sentence{"it ended the connection during the TLS handshake", "对方在加密握手时断开了连接"},
    Sentence{"no TLS handshake in time", "对方没有及时完成加密握手"},
    Sentence{"TLS handshake: {}", "加密握手失败：%1"},
    Sentence{"TLS: {}", "加密连接出错：%1"},
    Sentence{"calling AE title not recognised", "对方不认识这台工作站，或登录已失效"},
    Sentence{"called AE title not recognised", "对方不叫这个 AE 名称"},
    Sentence{"temporary congestion", "对方忙"},
    Sentence{"local limit exceeded", "对方的连接数满了"},
    Sentence{"no reason given", "没有说明原因"},
    Sentence{"no reason given by the provider", "没有说明原因"},
    // viewer/client
    Sentence{"a journalled draft is not as written: {}", "本机的草稿与写下时不同：%1"},
    Sentence{"the journal of this draft holds no whole record", "本机的草稿里没有一条完整的记录"},
    Sentence{"can't remove the journal of a signed draft: {}", "删不掉已签发报告的草稿：%1"},
    Sentence{"the gateway's answer holds no draft", "网关的应答里没有草稿"},
    Sentence{"a prior study in the gateway's answer is no object", "网关的应答里，既往检查写得不对"},
    Sentence{"the gateway's answer holds no tasks", "网关的应答里没有列表"},
    Sentence{"the gateway's answer is not JSON", "网关的应答看不懂（不是 JSON）"},
    Sentence{"the gateway's answer holds no session", "网关的应答里没有登录信息"},
    Sentence{"the gateway's answer holds no priors", "网关的应答里没有既往检查"},
    Sentence{"the gateway's answer holds no certificate", "网关的应答里没有证书"},
    Sentence{"can't protect {}: {}", "不能把 %1 设为仅本人可读：%2"},
    Sentence{"{}: not 32 bytes", "%1 已损坏（应为 32 字节）"},
    Sentence{"can't derive the key of the drafts", "算不出草稿的密钥"},
    Sentence{"too much text for one record", "文字太多，一条记录放不下"},
    Sentence{"can't encrypt", "不能加密"},
    Sentence{"a sealed record has an impossible length", "加密的记录长度不对"},
    Sentence{"a sealed record can't be opened: damaged, or sealed under another password",
             "加密的记录打不开：已损坏，或是用别的密码加密的"},
    // common/crypto: keys and signatures
    Sentence{"the PIN is wrong", "签名口令不正确"},
    Sentence{"the PIN is shorter than {} characters", "签名口令少于 %1 位"},
    Sentence{"this is no encrypted private key", "这不是加密的私钥"},
    Sentence{"the certificate is for another key", "证书是另一把密钥的"},
    Sentence{"the key file is too large for a PKCS#12 of one key", "密钥文件大得不像只有一把密钥"},
    Sentence{"the key file is no PKCS#12", "密钥文件不是 PKCS#12"},
    Sentence{"the key file holds no private key with its certificate", "密钥文件里没有成对的私钥和证书"},
    Sentence{"the key is no RSA key of at least {} bits", "密钥不是至少 %1 位的 RSA"},
    Sentence{"key and certificate in the key file don't belong together", "密钥文件里的密钥和证书不是一对"},
    Sentence{"no authority is trusted: nothing can be verified", "没有可信的证书机构，不能核验"},
    Sentence{"the signer's certificate (valid {} to {}) was not valid at the signing time {}",
             "签名人的证书（有效期 %1 至 %2）在签名时刻 %3 无效"},
    Sentence{"the signer '{}' is not trusted: {}", "签名人“%1”不受信任：%2"},
    Sentence{"the signer's certificate is not for signatures", "签名人的证书不能用于签名"},
    Sentence{"a revocation list is signed by none of the trusted authorities", "吊销列表不是可信机构签的"},
    Sentence{"the signer's certificate was revoked at {}, before the signing time {}",
             "签名人的证书已于 %1 吊销，早于签名时刻 %2"},
    Sentence{"the signature's time '{}' can't be read", "签名的时刻“%1”不能读"},
    Sentence{"the object is not signed: it has no {}", "对象没有签名：没有 %1"},
    Sentence{"the {} holds {} items; a report of this version has one signature", "%1 里有 %2 项，报告应只有一个签名"},
    Sentence{"({},{}) in the {} is an element that is not signed", "%3 里的 (%1,%2) 没有被签名"},
    Sentence{"the signature's digest '{}' is not of the SHA-2 family", "签名的摘要算法“%1”不是 SHA-2"},
    Sentence{"the signature doesn't say which data elements it covers", "签名没有写明包括哪些数据"},
    Sentence{"the data element ({},{}) is present but not signed", "数据 (%1,%2) 没有被签名"},
    Sentence{"a data element that was signed is missing", "签过名的一项数据不见了"},
    Sentence{"the signature holds no certificate", "签名里没有证书"},
    Sentence{"the signer's certificate can't be read", "签名人的证书不能读"},
    Sentence{"there are bytes behind the signer's certificate", "签名人的证书后面有多余的内容"},
    Sentence{"the signer's key is no RSA key of at least {} bits", "签名人的密钥不是至少 %1 位的 RSA"},
    Sentence{"the signature doesn't fulfil the signature profile of this kind of object", "签名不符合这类对象的要求"},
    Sentence{"the signature doesn't fit the object: {}", "签名与内容不符：%1"},
    Sentence{"the object has no {} of one item", "对象里没有唯一的 %1"},
    Sentence{"the object holds no document", "对象里没有文件"},
    Sentence{"the PDF doesn't name the structured report it belongs to in (0042,0013)",
             "PDF 没有写明属于哪一份结构化报告"},
    Sentence{"page {} of the PDF doesn't bear the UID of its structured report, {}",
             "PDF 第 %1 页没有印结构化报告的标识 %2"},
    Sentence{"the PDF is of another study or patient than its structured report",
             "PDF 与结构化报告不是同一个检查或患者"},
    Sentence{"the PDF belongs to another version of the report: {}", "PDF 属于报告的另一个版本：%1"},
    Sentence{"the certificate of {} is not valid now", "%1 的证书现在无效"},
    Sentence{"the object is signed already", "对象已经签过名"},
    Sentence{"the signature just made doesn't verify: {}", "刚做的签名核验不通过：%1"},
    Sentence{"signing {}: {}", "签名 %1 时：%2"},
    Sentence{"verifying: {}", "核验时：%1"},
    // gateway: what it answers about a task and its report
    Sentence{"the {} of the report differs from the one of the study", "报告上的%1与检查的不一致"},
    Sentence{"the report was signed by {}, not by the person who issues it", "签名的是 %1，不是签发的人"},
    Sentence{"the signer's certificate was revoked", "签名人的证书已吊销"},
    Sentence{"the report says that it was signed at {}; that is not between the study's arrival and now: check the "
             "workstation's clock",
             "报告写的签名时刻 %1 不在检查到达和现在之间，请核对本机的时钟"},
    Sentence{"only radiologists and reviewers issue reports", "只有报告医师和审核医师能签发报告"},
    Sentence{"only radiologists and reviewers read studies", "只有报告医师和审核医师能领取检查"},
    Sentence{"only radiologists and reviewers sign reports", "只有报告医师和审核医师能签名"},
    Sentence{"another report of this study was issued already", "这个检查已经发布了另一份报告"},
    Sentence{"the task is held by {}", "这个检查在%1手上"},
    Sentence{"the object {} is not here yet", "网关还没有收到对象 %1"},
    Sentence{"the object {} came more than once with different content", "对象 %1 收到过两次，内容不同"},
    Sentence{"the object {} was not sent by the person who issues it", "对象 %1 不是签发的人发送的"},
    Sentence{"the object {} belongs to another study", "对象 %1 属于另一个检查"},
    Sentence{"the object {} is of another patient of this study", "对象 %1 属于这个检查里的另一位患者"},
    Sentence{"the object {} is of the SOP class {}", "对象 %1 的类别是 %2，不对"},
    Sentence{"the study of the task is not in the index", "网关的索引里没有这个检查"},
    Sentence{"the PDF does not belong to this SR", "PDF 不属于这份结构化报告"},
    Sentence{"a task that is '{}' gets no report", "这个检查现在（%1）不能发布报告"},
    Sentence{"a task that is '{}' is not claimed", "这个检查现在（%1）不能领取"},
    Sentence{"only who holds a task gives it back", "不在您手上的检查不能退回"},
    Sentence{"nobody holds the task; it is '{}'", "这个检查没有人领取，现在是%1"},
    Sentence{"a reason of 1 to 1024 bytes is needed", "要写明原因（不超过 1024 字节）"},
    Sentence{"a part of the report has {} bytes; {} are the most", "报告的一栏有 %1 字节，最多 %2 字节"},
    Sentence{"the marks have {} bytes; {} are the most", "图像上的标记有 %1 字节，最多 %2 字节"},
    Sentence{"the marks are not UTF-8 text", "图像上的标记不是 UTF-8 文字"},
    Sentence{"a part of the report is not UTF-8 text", "报告的一栏含有不能识别的字符"},
    Sentence{"only who holds a task writes its draft", "不在您手上的检查不能写草稿"},
    Sentence{"the draft has revision {}, this one is based on {}", "草稿在别处改过（%1，本机是 %2）"},
    Sentence{"the name or the password is wrong", "用户名或密码不对"},
    Sentence{"too many failed sign-ins; the next one is possible in {} s", "登录失败次数太多，请 %1 秒后再试"},
    Sentence{"this person may not sign in", "这个用户已停用"},
    Sentence{"nobody is signed in", "还没有登录"},
    Sentence{"the session is unknown or has expired", "登录已失效"},
    Sentence{"there is no task {}", "没有编号为 %1 的检查"},
    Sentence{"no study {} is here for the object to join", "网关上没有检查 %1，报告无处可归"},
    Sentence{"study {} is held by two sites ({}, {}), so it is not clear to which the object belongs",
             "检查 %1 有两家机构（%2、%3）都发来过，不知道报告属于哪一家"},
    Sentence{"name the patient (0010,0010): held by two patients of {}", "这个检查里有 %1 的两位患者，要写明是哪一位"},
    Sentence{"name issuer (0010,0021): held by two sites ({}, {})",
             "有两家机构（%1、%2）都发来过这个检查，要写明是哪一家"},
    Sentence{"nothing of the patient who is named", "这个检查里没有这位患者的图像"},
    Sentence{"nothing matches the request", "网关上没有所要的图像"},
    Sentence{"only {} bytes are free on the archive's disk, and {} are kept in reserve",
             "网关的磁盘快满了（只剩 %1 字节）"},
    Sentence{"the gateway is stopping", "网关正在停止"},
    Sentence{"this caller is not allowed to use the service", "网关不允许这台工作站做这件事"},
};

// Values that are words themselves.
constexpr std::array words{
    Sentence{"Study Instance UID", "检查标识 (Study UID)"},
    Sentence{"SOP Instance UID", "对象标识 (SOP UID)"},
    Sentence{"patient name", "姓名"},
    Sentence{"patient's name", "姓名"},
    Sentence{"patient ID", "患者编号"},
    Sentence{"Patient ID", "患者编号"},
    Sentence{"site", "医疗机构"},
    Sentence{"images", "图像"},
    Sentence{"task", "任务"},
    Sentence{"report", "报告"},
    Sentence{"findings", "检查所见"},
    Sentence{"content", "内容"},
    Sentence{"diagnosis", "影像诊断"},
    Sentence{"recommendation", "建议"},
    Sentence{"method", "检查方法"},
    Sentence{"author", "报告医师"},
    Sentence{"author's name", "报告医师姓名"},
    Sentence{"author's login", "报告医师的用户名"},
    Sentence{"issuing hospital", "签发医院"},
    Sentence{"hospital's name", "签发医院名称"},
    Sentence{"site's name", "医疗机构名称"},
    Sentence{"study description", "检查描述"},
    Sentence{"encapsulated", "封装"},
    Sentence{"native", "未封装"},
    Sentence{"receiving", "接收中"},
    Sentence{"incomplete", "疑缺"},
    Sentence{"ready", "待报告"},
    Sentence{"claimed", "已领取"},
    Sentence{"drafting", "书写中"},
    Sentence{"preliminary", "临时报告"},
    Sentence{"submitted", "待审核"},
    Sentence{"returned", "审核退回"},
    Sentence{"final", "已审核"},
    Sentence{"issued", "已发布"},
    Sentence{"delivered", "已送达"},
    Sentence{"amended", "已修改"},
    Sentence{"withdrawn", "已撤回"},
    Sentence{"rejected", "退回重拍"},
    Sentence{"No such file or directory", "没有这个文件或文件夹"},
    Sentence{"Permission denied", "没有权限"},
    Sentence{"No space left on device", "磁盘已满"},
    Sentence{"Read-only file system", "磁盘是只读的"},
    Sentence{"Input/output error", "磁盘读写出错"},
    Sentence{"Is a directory", "是一个文件夹"},
};

// The values that stand for {}, or nothing when the text is not this sentence.
std::optional<std::vector<std::string_view>> matched(std::string_view pattern, std::string_view text)
{
    std::vector<std::string_view> values;
    auto place = pattern.find("{}");
    if (place == std::string_view::npos)
        return text == pattern ? std::optional(values) : std::nullopt;
    if (!text.starts_with(pattern.substr(0, place)))
        return {};
    text.remove_prefix(place);
    pattern.remove_prefix(place + 2);
    while (true) {
        place = pattern.find("{}");
        std::string_view const literal = pattern.substr(0, place);
        bool const last = place == std::string_view::npos;
        // The last one reaches to the end; any other ends where what follows it comes first.
        if (last && !text.ends_with(literal))
            return {};
        auto const end = last ? text.size() - literal.size() : text.find(literal);
        if (end == std::string_view::npos)
            return {};
        values.push_back(text.substr(0, end));
        if (last)
            return values;
        text.remove_prefix(end + literal.size());
        pattern.remove_prefix(place + 2);
    }
}

QString asRead(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

std::optional<QString> translated(std::string_view text, std::span<Sentence const> table);

QString valueAsRead(std::string_view value)
{
    if (auto const word = translated(value, words))
        return *word;
    return inChinese(std::string(value)).value_or(asRead(value));
}

std::optional<QString> translated(std::string_view text, std::span<Sentence const> table)
{
    for (Sentence const& sentence : table) {
        auto const values = matched(sentence.english, text);
        if (!values)
            continue;
        QString const chinese = QString::fromUtf8(sentence.chinese);
        QString result;
        for (qsizetype index = 0; index < chinese.size(); ++index) {
            bool const isPlace = chinese[index] == '%' && index + 1 < chinese.size() && chinese[index + 1].isDigit();
            if (!isPlace)
                result += chinese[index];
            else if (auto const number = static_cast<std::size_t>(chinese[++index].digitValue()) - 1;
                     number < values->size())
                result += valueAsRead((*values)[number]);
        }
        return result;
    }
    return {};
}
} // namespace

std::optional<QString> inChinese(std::string const& english)
{
    if (auto whole = translated(english, known))
        return whole;
    if (auto word = translated(english, words))
        return word;
    // "place: place: sentence": what is known at its end is said, where it happened stays before it.
    for (auto colon = english.find(": "); colon != std::string::npos; colon = english.find(": ", colon + 1)) {
        std::string const rest = english.substr(colon + 2);
        auto end = translated(rest, known);
        if (!end)
            end = translated(rest, words);
        if (end)
            return asRead(std::string_view(english).substr(0, colon)) + QString::fromUtf8("：") + *end;
    }
    return {};
}

} // namespace qianli::viewer
