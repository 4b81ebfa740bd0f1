#include "connect/plugin/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include "connect/plugin/plugin_check.hpp"

extern char** environ;

namespace weir::connect::plugin {
namespace {

using steady = std::chrono::steady_clock;

constexpr int exit_refused = 3;
constexpr std::size_t answer_size_max = 4000;
// What a child says last when all is well: a plugin may have ended it before, with any code.
constexpr std::string_view sound = "\nthe plugin is sound\n";

std::expected<const weir_plugin*, std::string> open_unguarded(const std::string& file) {
    void* opened = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
        const char* reason = ::dlerror();
        return std::unexpected(
            fmt::format("it cannot be loaded: {}", reason == nullptr ? "unknown reason" : reason));
    }
    void* symbol = ::dlsym(opened, WEIR_PLUGIN_ENTRY);
    if (symbol == nullptr) {
        return std::unexpected(
            fmt::format("it is no plugin: it has no symbol {}", WEIR_PLUGIN_ENTRY));
    }
    const auto* given = reinterpret_cast<weir_plugin_entry_function>(symbol)(WEIR_ABI_VERSION);
    if (auto reason = check_plugin(given)) return std::unexpected(std::move(*reason));
    return given;
}

// One child that tries one file.
struct attempt {
    pid_t process = -1;
    int output = -1;  // read end
    std::string said;
    std::string failure;  // to start it
    bool overdue = false;
};

attempt begin(const std::string& file, const probe_options& options) {
    attempt out;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        out.failure = fmt::format("it cannot be tried: {}", std::strerror(errno));
        return out;
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    std::array<std::string, 3> words = {options.program, probe_verb, file};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    const int error =
        ::posix_spawn(&out.process, options.program.c_str(), &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) {
        ::close(ends[0]);
        out.process = -1;
        out.failure = fmt::format("it cannot be tried: {}", std::strerror(error));
        return out;
    }
    out.output = ends[0];
    return out;
}

// Reads what it says until its end, or kills it.
void listen(attempt& to, steady::time_point until) {
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
        pollfd waiting{.fd = to.output, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&waiting, 1, std::max<int>(0, static_cast<int>(left.count())));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) {
            to.overdue = true;
            ::kill(to.process, SIGKILL);
            return;
        }
        char buffer[1024];
        const auto size = ::read(to.output, buffer, sizeof(buffer));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return;
        const auto room = answer_size_max - std::min(answer_size_max, to.said.size());
        to.said.append(buffer, std::min(room, static_cast<std::size_t>(size)));
    }
}

// What its end says, as in probe().
std::string verdict(attempt& of, const probe_options& options) {
    if (of.process < 0) return of.failure;
    int status = 0;
    while (::waitpid(of.process, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(of.output);
    if (of.overdue) {
        return fmt::format("it hangs: loading it took longer than {} s",
                           options.deadline.count() / 1000);
    }
    if (WIFSIGNALED(status)) {
        return fmt::format("it crashes when it is loaded: {}", ::strsignal(WTERMSIG(status)));
    }
    const int code = WEXITSTATUS(status);
    if (code == 0 && of.said.ends_with(sound)) return {};
    if (code == exit_refused && !of.said.empty()) return of.said;
    return fmt::format("it ended the process that tried it, with code {}", code);
}

std::string thrown_text(const std::exception& thrown) {
    return fmt::format("it throws an exception when it is loaded: {}", thrown.what());
}

[[noreturn]] void answer(const std::string& said, int code) {
    (void)!::write(1, said.data(), said.size());
    ::_exit(code);
}

// An exception of a static constructor may not get through the loader: then this is called.
[[noreturn]] void answer_exception() {
    try {
        std::rethrow_exception(std::current_exception());
    } catch (const std::exception& thrown) {
        answer(thrown_text(thrown), exit_refused);
    } catch (...) {
        answer("it throws an exception when it is loaded", exit_refused);
    }
}

}  // namespace

std::expected<const weir_plugin*, std::string> open_plugin(const std::string& file) {
    try {
        return open_unguarded(file);
    } catch (const std::exception& thrown) {
        return std::unexpected(thrown_text(thrown));
    } catch (...) {
        return std::unexpected("it throws an exception when it is loaded");
    }
}

std::vector<std::string> probe(const std::vector<std::string>& files,
                               const probe_options& options) {
    // A few at a time: each is a process.
    constexpr std::size_t at_once = 16;
    std::vector<std::string> out;
    for (std::size_t from = 0; from < files.size(); from += at_once) {
        const auto until = steady::now() + options.deadline;
        std::vector<attempt> running;
        for (auto index = from; index < std::min(files.size(), from + at_once); ++index)
            running.push_back(begin(files[index], options));
        for (auto& each : running) {
            if (each.process >= 0) listen(each, until);
            out.push_back(verdict(each, options));
        }
    }
    return out;
}

void run_probe(const std::string& file) {
    // Crashes are to be seen as such, not as a report, and leave no core.
    for (const int each : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM, SIGTERM})
        std::signal(each, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    (void)::setrlimit(RLIMIT_CORE, &no_core);
    constexpr unsigned longest_s = 60;  // whoever started it may be gone
    ::alarm(longest_s);
    std::set_terminate([] {
        if (std::current_exception()) answer_exception();
        std::abort();
    });
    const auto opened = open_plugin(file);
    answer(opened ? std::string(sound) : opened.error(), opened ? 0 : exit_refused);
}

}  // namespace weir::connect::plugin
