// weir top: what a running pipeline does, out of its /metrics, again and again.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>

#include "cli/pipeline_tools/command.hpp"
#include "cli/pipeline_tools/figures.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/output.hpp"
#include "connect/http/client.hpp"

namespace weir::cli {
namespace {

using namespace pipeline_tools;
using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

struct top_options {
    std::string http = "127.0.0.1:8083";
    milliseconds interval{1000};
    bool once = false;
    bool json = false;
};

std::optional<int> parse_top(const arguments& given, top_options& into) {
    CLI::App command("What a running pipeline does: states, rates, lag, errors.", "weir top");
    std::string interval = "1s";
    command.add_option("--http", into.http, "HOST:PORT of the running `weir run`")
        ->capture_default_str();
    command.add_option("--interval", interval, "How often: 500ms, 1s, 2m")->capture_default_str();
    command.add_flag("--once", into.once, "One table, after one interval");
    command.add_flag("--json", into.json, "A JSON object each time");
    if (const auto ended = parse(command, given)) return ended;
    std::int64_t number = 0;
    std::string unit;
    try {
        std::size_t used = 0;
        number = std::stoll(interval, &used);
        unit = interval.substr(used);
    } catch (const std::exception&) {
        number = 0;
    }
    constexpr std::int64_t number_max = 1'000'000;
    const std::int64_t scale = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1000 : 60'000;
    const bool is_known = unit == "ms" || unit == "s" || unit == "m" || unit.empty();
    into.interval = milliseconds(number * scale);
    if (number > 0 && number < number_max && is_known && into.interval >= milliseconds(100)) {
        return std::nullopt;
    }
    fmt::print(stderr, "--interval: '{}' is no time of 100ms or more\n", interval);
    return exit_usage;
}

std::expected<reading, std::string> read(const top_options& options) {
    auto page = connect::http::get({.address = options.http, .path = "/metrics"});
    if (!page) {
        return std::unexpected(fmt::format(
            "{}: does `weir run` run there? --http says where else to look", page.error()));
    }
    if (page->status != 200) {
        return std::unexpected(
            fmt::format("{}/metrics answers {}, not 200", options.http, page->status));
    }
    auto samples = parse_metrics(page->body);
    if (!samples) {
        return std::unexpected(fmt::format("{}/metrics: {}", options.http, samples.error()));
    }
    const auto now = clock::now().time_since_epoch();
    return reading{.samples = std::move(*samples),
                   .seconds = std::chrono::duration<double>(now).count()};
}

// Waits in pieces, so that a signal is noticed; false when one came.
bool wait(milliseconds time) {
    const auto end = clock::now() + time;
    while (!tools::console::stop_requested() && clock::now() < end) {
        const timespec piece{.tv_sec = 0, .tv_nsec = 20'000'000};
        ::nanosleep(&piece, nullptr);
    }
    return !tools::console::stop_requested();
}

class screen {
  public:
    explicit screen(const top_options& options)
        : options_(options), is_live_(::isatty(STDOUT_FILENO) == 1 && !options.once) {}

    // False when nobody reads it any more.
    bool show(const figures& what) {
        if (options_.json) {
            to_.put(json_of(what));
        } else if (is_live_) {
            // From the upper left corner, over what was there; the rest is cleared.
            auto text = table_of(what, {.colors = true});
            std::string cleared;
            for (const char letter : text) {
                if (letter == '\n') cleared += "\x1b[K";
                cleared += letter;
            }
            to_.put("\x1b[H" + cleared + "\x1b[J");
        } else {
            to_.put(table_of(what, {}) + (options_.once ? "" : "\n"));
        }
        return to_.flush();
    }
    void clear() {
        if (is_live_ && !options_.json) to_.put("\x1b[2J");
    }
    bool is_live() const { return is_live_; }
    // What stands instead of the table while nobody answers.
    bool complain(const std::string& reason) {
        to_.put(fmt::format("\x1b[H\x1b[K{}\n\x1b[J", reason));
        return to_.flush();
    }

  private:
    const top_options& options_;
    bool is_live_;
    tools::output to_{STDOUT_FILENO};
};

int show_all(const top_options& options, reading before) {
    screen screen(options);
    screen.clear();
    while (wait(options.interval)) {
        auto now = read(options);
        if (!now) {
            // A pipeline that is started anew is waited for where somebody looks.
            if (!screen.is_live() || options.json) return fail("top", now.error());
            if (!screen.complain(now.error())) return exit_ok;
            continue;
        }
        if (!screen.show(figures_of(*now, &before))) return exit_ok;
        if (options.once) return exit_ok;
        before = std::move(*now);
    }
    return exit_ok;
}

}  // namespace

int run_top(const arguments& given) {
    top_options options;
    if (const auto ended = parse_top(given, options)) return *ended;
    if (const auto where = connect::http::parse_address(options.http); !where) {
        fmt::print(stderr, "--http: {}\n", where.error());
        return exit_usage;
    }
    std::signal(SIGPIPE, SIG_IGN);
    tools::console::watch_stop_signals();
    auto first = read(options);
    if (!first) return fail("top", first.error());
    return show_all(options, std::move(*first));
}

}  // namespace weir::cli
