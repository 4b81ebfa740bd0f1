#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/log_hiding.hpp"
#include "base/utf8.hpp"

namespace weir::base {
namespace {

struct sink {
    std::shared_ptr<spdlog::logger> logger;
    log_options options;
    std::atomic<std::shared_ptr<const std::vector<std::string>>> hidden = {};
};

std::shared_ptr<spdlog::logger> make_logger() {
    auto logger = spdlog::stderr_logger_mt("weir");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %L %v");
    return logger;
}

// The one process-wide thing: where log lines go. Set before threads start, then only read; never
// destroyed, as what ends with the program may still write.
sink& the_sink() {
    static auto* instance = new sink{.logger = make_logger(), .options = {}, .hidden = {}};
    return *instance;
}

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
        case log_level::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char letter : to_valid_utf8(text)) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
        } else if (code < 0x20) {
            out += fmt::format("\\u{:04x}", code);
        } else {
            out += letter;
        }
    }
    return out;
}

// What a terminal obeys instead of showing it.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto found = front_sequence(text);
        const auto character = text.substr(0, found.size);
        text.remove_prefix(found.size);
        if (found.valid && !is_control(character)) {
            out += character;
            continue;
        }
        for (const char byte : character)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    return out;
}

std::string without_hidden(std::string text, const std::vector<std::string>& hidden) {
    for (const auto& each : hidden) {
        if (each.empty()) continue;
        constexpr std::string_view mask = "****";
        for (auto at = text.find(each); at != std::string::npos;
             at = text.find(each, at + mask.size())) {
            text.replace(at, each.size(), mask);
        }
    }
    return text;
}

}  // namespace

void hide_in_log(std::vector<std::string> texts) {
    the_sink().hidden.store(std::make_shared<const std::vector<std::string>>(std::move(texts)));
}

std::string log_line_of(std::string_view message, log_format format) {
    return format == log_format::json ? json_escaped(message) : printable(message);
}

void configure_log(const log_options& options) {
    auto& target = the_sink();
    target.options = options;
    target.logger->set_level(to_spdlog(options.level));
    if (options.format == log_format::json) {
        target.logger->set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%v"})");
    }
}

bool log_enabled(log_level level) {
    return the_sink().logger->should_log(to_spdlog(level));
}

void log_write(log_level level, std::string_view message) {
    auto& target = the_sink();
    const auto hidden = target.hidden.load();
    if (!hidden || hidden->empty()) {
        target.logger->log(to_spdlog(level), log_line_of(message, target.options.format));
        return;
    }
    const auto shown = without_hidden(std::string(message), *hidden);
    target.logger->log(to_spdlog(level), log_line_of(shown, target.options.format));
}

}  // namespace weir::base
