// qianli-viewer: the radiologist's workstation, and two commands that draw or decode one picture without a window.
#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/render/render_command.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/trace.h"

#include <QCommandLineParser>

#include <cstdlib>
#include <span>
#include <string_view>

namespace {

using namespace qianli::viewer;

void prepareEnvironment(std::span<char*> arguments)
{
    // Before the parser exists: its help speaks the language, too.
    for (std::size_t index = 1; index < arguments.size(); ++index) {
        std::string_view const argument = arguments[index];
        bool const next =
            argument == "--lang" && index + 1 < arguments.size() && std::string_view(arguments[index + 1]) == "en";
        if (next || argument == "--lang=en")
            setDisplayLanguage(DisplayLanguage::English);
        if (argument == "--help" || argument == "-h")
            setenv("QT_QPA_PLATFORM", "offscreen", 0); // help needs no display
    }
}

int runWindow(int argc, char** argv)
{
    prepareEnvironment({argv, static_cast<std::size_t>(argc)});
    QApplication application(argc, argv);
    QApplication::setOrganizationName("Qianli");
    QApplication::setApplicationName("qianli-viewer");
    applyTheme(application);
    QCommandLineParser parser;
    parser.setApplicationDescription(say("影像阅片与报告。“render”和“pixels”两个子命令不开窗口：qianli-viewer render "
                                         "--input 文件 --output 图.png；qianli-viewer pixels --input 文件。",
                                         "Reads images and writes reports. Without a window: qianli-viewer render "
                                         "--input PATH --output FILE.png; qianli-viewer pixels --input FILE."));
    parser.addHelpOption();
    QCommandLineOption const gateway("gateway", say("网关地址", "The gateway's address"), "URL");
    QCommandLineOption const user("user", say("用户名", "The user's name"), "NAME");
    QCommandLineOption const study("study", say("登录后打开这个检查", "Opens this study after sign-in"), "UID");
    QCommandLineOption const open("open",
                                  say("不经网关，打开文件、文件夹或 DICOMDIR；后面可以有多个",
                                      "Opens files, folders or a DICOMDIR without a gateway; more may follow"),
                                  "PATH");
    QCommandLineOption const language("lang", say("界面语言：zh 或 en", "Language: zh or en"), "zh|en", "zh");
    QCommandLineOption const trace(
        "trace", say("把耗时写进文件，每行一个 JSON", "Writes how long things take, a JSON object a line"), "FILE");
    parser.addOptions({gateway, user, study, open, language, trace});
    parser.addPositionalArgument("PATH", say("--open 的其余文件", "More files for --open"), "[PATH...]");
    parser.process(application);
    if (parser.value(language) != "zh" && parser.value(language) != "en") {
        std::fprintf(stderr, "qianli-viewer: --lang is zh or en\n");
        return 2;
    }
    if (!parser.isSet(open) && !parser.positionalArguments().isEmpty()) {
        std::fprintf(stderr, "qianli-viewer: unknown argument %s; files are named after --open\n",
                     qPrintable(parser.positionalArguments().first()));
        return 2;
    }
    StartOptions options{parser.value(gateway), parser.value(user), parser.value(study).toStdString(), {}};
    for (QString const& path : parser.values(open) + parser.positionalArguments())
        options.paths.emplace_back(path.toStdString());
    std::unique_ptr<Trace> measuring;
    if (parser.isSet(trace)) {
        auto opened = Trace::open(parser.value(trace));
        if (!opened) {
            std::fprintf(stderr, "qianli-viewer: %s\n", opened.error().message.c_str());
            return 1;
        }
        measuring = *std::move(opened);
    }
    int status = 0;
    {
        MainWindow window(std::move(options));
        window.show();
        status = QApplication::exec();
    }
    waitForBackground();
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    // Sixty times the rate on every DICOM association: DCMTK reads it when it opens a socket.
    setenv("TCP_NODELAY", "1", 1);
    std::span<char*> const arguments(argv, static_cast<std::size_t>(argc));
    if (argc > 1 && std::string_view(argv[1]) == "render")
        return runRenderCommand(arguments.subspan(2));
    if (argc > 1 && std::string_view(argv[1]) == "pixels")
        return runPixelsCommand(arguments.subspan(2));
    return runWindow(argc, argv);
}
