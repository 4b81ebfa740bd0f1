#include "connectors/file/sink/index.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "connectors/file/sink/path_template.hpp"

namespace weir::connectors::file::sink {
namespace {

constexpr std::size_t check_digits = 16;

// FNV-1a: it only has to tell a torn or zeroed line from a whole one.
std::string check_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto letter : text)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    std::array<char, check_digits + 1> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
    return {digits.data(), check_digits};
}

std::string line_of(const std::string& text) {
    return check_of(text) + ' ' + text + '\n';
}

// Takes the word before the next space.
std::string_view take_word(std::string_view& rest) {
    const auto space = rest.find(' ');
    const auto word = rest.substr(0, space);
    rest.remove_prefix(space == rest.npos ? rest.size() : space + 1);
    return word;
}

std::optional<std::int64_t> take_number(std::string_view& rest) {
    const auto word = take_word(rest);
    std::int64_t out = 0;
    const auto* end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, out);
    if (word.empty() || read.ptr != end || read.ec != std::errc()) return std::nullopt;
    return out;
}

bool is_bucket(std::string_view text) {
    return is_safe(text) && is_safe(name_of(text, INT64_MAX));
}

bool take_begun(std::string_view rest, partition_index& into) {
    const auto first = take_number(rest);
    if (!first || *first < 0 || !is_bucket(rest)) return false;
    into.begun.push_back({*first, std::string(rest)});
    return true;
}

bool take_finished(std::string_view rest, partition_index& into) {
    const auto first = take_number(rest);
    const auto last = take_number(rest);
    const auto first_ms = take_number(rest);
    const bool ordered = first && last && first_ms && *first >= 0 && *first <= *last;
    if (!ordered || !is_bucket(rest)) return false;
    std::erase(into.begun, begun_file{*first, std::string(rest)});
    into.finished.push_back({*first, *last, *first_ms, std::string(rest)});
    return true;
}

bool take_line(std::string_view line, partition_index& into) {
    if (line.size() <= check_digits || line[check_digits] != ' ') return false;
    auto rest = line.substr(check_digits + 1);
    if (line.substr(0, check_digits) != check_of(rest)) return false;
    const auto word = take_word(rest);
    if (word == "begun") return take_begun(rest, into);
    if (word == "finished") return take_finished(rest, into);
    if (word == "topic") {
        into.topic = rest;
        return !rest.empty();
    }
    if (word != "floor") return false;
    const auto offset = take_number(rest);
    if (offset) into.floor = std::max(into.floor, *offset);
    return offset.has_value();
}

}  // namespace

std::string topic_line(std::string_view topic) {
    return line_of("topic " + std::string(topic));
}

std::string floor_line(std::int64_t offset) {
    return line_of("floor " + std::to_string(offset));
}

std::string begun_line(const begun_file& file) {
    return line_of("begun " + std::to_string(file.first) + ' ' + file.bucket);
}

std::string finished_line(const finished_file& file) {
    return line_of("finished " + std::to_string(file.first) + ' ' + std::to_string(file.last) +
                   ' ' + std::to_string(file.first_ms) + ' ' + file.bucket);
}

std::string to_lines(const partition_index& index) {
    std::string out = topic_line(index.topic);
    if (index.floor >= 0) out += floor_line(index.floor);
    for (const auto& each : index.finished)
        out += finished_line(each);
    for (const auto& each : index.begun)
        out += begun_line(each);
    return out;
}

partition_index parse_index(std::string_view text) {
    partition_index out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const bool whole = end != text.npos;
        if (!whole || !take_line(text.substr(0, end), out)) ++out.damaged_lines;
        text.remove_prefix(whole ? end + 1 : text.size());
    }
    return out;
}

}  // namespace weir::connectors::file::sink
