// qianli-pdf-pages: draws the pages of a PDF, within walls: it reads the PDF from standard input and writes one raw PGM
// (grey) or PPM (colour) image after another to standard output.
//
// Without arguments: all pages at 150 dots an inch (the gateway). "sizes": no picture, but a line for each page, its
// width and height in points. "page N DPI": that page, from 1 (the viewer).
//
// Every year brings a hole in a PDF library. Limits on memory, processor and output, and a system-call filter that
// knows no network, no new program and no file opened for writing, leave such a hole nothing to reach.
#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-image.h>
#include <poppler/cpp/poppler-page-renderer.h>
#include <poppler/cpp/poppler-page.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <seccomp.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t mostPdfBytes = 64u << 20;
constexpr rlim_t mostMemory = 2ul << 30;
constexpr rlim_t mostOutput = 1ul << 30;
constexpr rlim_t mostSeconds = 60;
constexpr int mostPages = 100, mostPagesToRead = 2000;
constexpr double longestSide = 20.0 * 72; // points; a page of 20 inches
constexpr double dotsPerInch = 150;
constexpr double longestSheet = 200.0 * 72, mostPixels = 64e6; // of one page that is looked at

int refuse(char const* reason)
{
    std::fprintf(stderr, "qianli-pdf-pages: %s\n", reason);
    return 1;
}

bool limit(int resource, rlim_t most)
{
    rlimit const value{most, most};
    return setrlimit(static_cast<__rlimit_resource>(resource), &value) == 0;
}

bool setLimits()
{
    return limit(RLIMIT_AS, mostMemory) && limit(RLIMIT_FSIZE, mostOutput) && limit(RLIMIT_CPU, mostSeconds) &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64);
}

// What a program needs that computes, reads fonts and writes to descriptors it already has. Everything else fails with
// EPERM, so that a library's optional wish (a font cache) is no crash.
bool closeWalls()
{
    constexpr int allowed[] = {SCMP_SYS(read),         SCMP_SYS(readv),          SCMP_SYS(pread64),
                               SCMP_SYS(write),        SCMP_SYS(writev),         SCMP_SYS(lseek),
                               SCMP_SYS(close),        SCMP_SYS(fstat),          SCMP_SYS(stat),
                               SCMP_SYS(lstat),        SCMP_SYS(newfstatat),     SCMP_SYS(statx),
                               SCMP_SYS(statfs),       SCMP_SYS(fstatfs),        SCMP_SYS(access),
                               SCMP_SYS(faccessat),    SCMP_SYS(faccessat2),     SCMP_SYS(readlink),
                               SCMP_SYS(readlinkat),   SCMP_SYS(getdents64),     SCMP_SYS(getcwd),
                               SCMP_SYS(fcntl),        SCMP_SYS(fadvise64),      SCMP_SYS(ioctl),
                               SCMP_SYS(dup),          SCMP_SYS(mmap),           SCMP_SYS(munmap),
                               SCMP_SYS(mprotect),     SCMP_SYS(mremap),         SCMP_SYS(madvise),
                               SCMP_SYS(brk),          SCMP_SYS(futex),          SCMP_SYS(set_robust_list),
                               SCMP_SYS(rseq),         SCMP_SYS(exit),           SCMP_SYS(exit_group),
                               SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
                               SCMP_SYS(sigaltstack),  SCMP_SYS(getpid),         SCMP_SYS(gettid),
                               SCMP_SYS(getuid),       SCMP_SYS(geteuid),        SCMP_SYS(getgid),
                               SCMP_SYS(getegid),      SCMP_SYS(getrandom),      SCMP_SYS(clock_gettime),
                               SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),   SCMP_SYS(time),
                               SCMP_SYS(uname),        SCMP_SYS(sysinfo),        SCMP_SYS(sched_getaffinity),
                               SCMP_SYS(sched_yield),  SCMP_SYS(getrusage)};
    // Nobody waits for our pages any more when the gateway is gone.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return false;
    scmp_filter_ctx const filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return false;
    bool made = true;
    for (int const call : allowed)
        made = made && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
    constexpr scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    scmp_arg_cmp const readOnlyAt = {2, SCMP_CMP_MASKED_EQ, writing, 0};
    scmp_arg_cmp const readOnly = {1, SCMP_CMP_MASKED_EQ, writing, 0};
    // Ourselves only: the gateway runs as the same user.
    scmp_arg_cmp const ownLimits = {0, SCMP_CMP_EQ, 0, 0};
    scmp_arg_cmp const ownThreads = {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0};
    made = made && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, &ownLimits) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &ownThreads) == 0;
    made = made && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &readOnlyAt) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, &readOnly) == 0 &&
           seccomp_load(filter) == 0;
    seccomp_release(filter);
    return made;
}

bool readAll(std::vector<char>& bytes)
{
    for (;;) {
        std::size_t const before = bytes.size();
        bytes.resize(before + (1u << 16));
        ssize_t const got = read(STDIN_FILENO, bytes.data() + before, 1u << 16);
        if (got < 0 && errno != EINTR)
            return false;
        bytes.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (got == 0)
            return true;
        if (bytes.size() > mostPdfBytes)
            return false;
    }
}

// Three bytes a pixel, from whatever the renderer chose.
std::vector<std::uint8_t> colours(poppler::image const& image)
{
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) * 3);
    bool const packed = image.format() == poppler::image::format_rgb24;
    for (int y = 0; y < image.height(); ++y) {
        char const* const row = image.const_data() + static_cast<std::ptrdiff_t>(y) * image.bytes_per_row();
        for (int x = 0; x < image.width(); ++x) {
            // argb32 is blue, green, red, alpha in memory on little-endian machines.
            char const* const pixel = row + static_cast<std::ptrdiff_t>(x) * (packed ? 3 : 4);
            for (int channel = 0; channel < 3; ++channel)
                pixels.push_back(static_cast<std::uint8_t>(pixel[packed ? channel : 2 - channel]));
        }
    }
    return pixels;
}

bool isGrey(std::vector<std::uint8_t> const& pixels)
{
    for (std::size_t i = 0; i + 2 < pixels.size(); i += 3)
        if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2])
            return false;
    return true;
}

bool writeImage(poppler::image const& image)
{
    auto pixels = colours(image);
    bool const grey = isGrey(pixels);
    if (grey) {
        for (std::size_t i = 0; i < pixels.size() / 3; ++i)
            pixels[i] = pixels[3 * i];
        pixels.resize(pixels.size() / 3);
    }
    std::printf("P%d\n%d %d\n255\n", grey ? 5 : 6, image.width(), image.height());
    return std::fwrite(pixels.data(), 1, pixels.size(), stdout) == pixels.size();
}

using Document = std::unique_ptr<poppler::document>;

void prepare(poppler::page_renderer& renderer)
{
    renderer.set_image_format(poppler::image::format_rgb24);
    renderer.set_render_hint(poppler::page_renderer::antialiasing);
    renderer.set_render_hint(poppler::page_renderer::text_antialiasing);
}

struct Size {
    double width = 0, height = 0;
};

// As it is seen: a page may be stored on its side.
Size sizeOf(poppler::page const& page)
{
    poppler::rectf const stored = page.page_rect();
    bool const onItsSide =
        page.orientation() == poppler::page::landscape || page.orientation() == poppler::page::seascape;
    return onItsSide ? Size{stored.height(), stored.width()} : Size{stored.width(), stored.height()};
}

int writeSizes(Document const& document)
{
    if (document->pages() < 1 || document->pages() > mostPagesToRead)
        return refuse("the PDF has no pages or too many");
    for (int number = 0; number < document->pages(); ++number) {
        std::unique_ptr<poppler::page> const page(document->create_page(number));
        Size const size = page ? sizeOf(*page) : Size();
        if (!(size.width >= 1 && size.height >= 1 && size.width <= longestSheet && size.height <= longestSheet))
            return refuse("a page can't be read or is too large");
        std::printf("%.2f %.2f\n", size.width, size.height);
    }
    return std::fflush(stdout) == 0 ? 0 : refuse("writing the sizes");
}

int drawPage(Document const& document, int number, double resolution)
{
    if (number < 1 || number > document->pages())
        return refuse("there is no such page");
    std::unique_ptr<poppler::page> const page(document->create_page(number - 1));
    Size const size = page ? sizeOf(*page) : Size();
    if (!page || !(resolution >= 1 && size.width * size.height * resolution * resolution / (72 * 72) <= mostPixels))
        return refuse("a page can't be read or is too large");
    poppler::page_renderer renderer;
    prepare(renderer);
    auto const image = renderer.render_page(page.get(), resolution, resolution);
    if (!image.is_valid() || !writeImage(image) || std::fflush(stdout) != 0)
        return refuse("a page can't be drawn");
    return 0;
}

int drawPages(Document const& document)
{
    if (document->pages() < 1 || document->pages() > mostPages)
        return refuse("the PDF has no pages or too many");
    poppler::page_renderer renderer;
    prepare(renderer);
    for (int number = 0; number < document->pages(); ++number) {
        std::unique_ptr<poppler::page> const page(document->create_page(number));
        if (!page || page->page_rect().width() > longestSide || page->page_rect().height() > longestSide)
            return refuse("a page can't be read or is too large");
        auto const image = renderer.render_page(page.get(), dotsPerInch, dotsPerInch);
        if (!image.is_valid() || !writeImage(image))
            return refuse("a page can't be drawn");
    }
    return std::fflush(stdout) == 0 ? 0 : refuse("writing the pages");
}

int serve(std::vector<char>& bytes, int argc, char** argv)
{
    Document const document(poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
    if (!document || document->is_locked())
        return refuse("this is no PDF that can be read");
    if (argc == 2 && std::strcmp(argv[1], "sizes") == 0)
        return writeSizes(document);
    if (argc == 4 && std::strcmp(argv[1], "page") == 0)
        return drawPage(document, std::atoi(argv[2]), std::atof(argv[3]));
    return argc == 1 ? drawPages(document) : refuse("there is no such wish");
}

// Where the machine is out of memory, a page is lost before the program that wants it. Nothing is lost where the system
// has no such wish.
void standBeforeOthers()
{
    std::ofstream("/proc/self/oom_score_adj") << 800;
}

} // namespace

int main(int argc, char** argv)
{
    standBeforeOthers();
    if (!setLimits() || !closeWalls())
        return refuse("the walls can't be set up");
    std::vector<char> bytes;
    if (!readAll(bytes))
        return refuse("reading the PDF");
    try {
        return serve(bytes, argc, argv);
    } catch (std::exception const&) {
        return refuse("out of memory");
    }
}
