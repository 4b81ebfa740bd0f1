#include "connectors/prometheus/exposition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace weir::connectors::prometheus {

namespace {

bool is_name_letter(char letter, bool is_first) {
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    const bool is_digit = letter >= '0' && letter <= '9';
    return is_letter || letter == '_' || letter == ':' || (is_digit && !is_first);
}

bool is_blank(char letter) {
    return letter == ' ' || letter == '\t';
}

void skip_blanks(std::string_view& line) {
    while (!line.empty() && is_blank(line.front()))
        line.remove_prefix(1);
}

std::string_view take_name(std::string_view& line) {
    std::size_t size = 0;
    while (size < line.size() && is_name_letter(line[size], size == 0))
        ++size;
    const auto out = line.substr(0, size);
    line.remove_prefix(size);
    return out;
}

std::string_view take_word(std::string_view& line) {
    skip_blanks(line);
    const auto size = std::min(line.find_first_of(" \t"), line.size());
    const auto out = line.substr(0, size);
    line.remove_prefix(size);
    skip_blanks(line);
    return out;
}

bool equals_without_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char left, char right) {
        return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
    });
}

std::optional<double> parse_value(std::string_view text) {
    bool is_negative = false;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        is_negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || text[0] == '+' || text[0] == '-') return {};
    double value = 0;
    if (equals_without_case(text, "nan")) {
        value = std::numeric_limits<double>::quiet_NaN();
    } else if (equals_without_case(text, "inf") || equals_without_case(text, "infinity")) {
        value = std::numeric_limits<double>::infinity();
    } else {
        const auto* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, value);
        const bool is_out_of_range = parsed.ec == std::errc::result_out_of_range;
        if (parsed.ptr != end || (parsed.ec != std::errc{} && !is_out_of_range)) return {};
    }
    return is_negative ? -value : value;
}

class reader {
  public:
    reader(bool is_openmetrics, const exposition_limits& limits, exposition& into)
        : is_openmetrics_(is_openmetrics), limits_(limits), into_(into) {}

    // What is wrong with the line; null for nothing.
    const char* take_line(std::string_view line);
    bool has_ended() const { return has_ended_; }

  private:
    const char* take_comment(std::string_view line);
    const char* take_sample(std::string_view line);
    const char* take_labels(std::string_view& line, sample& of);
    const char* take_text(std::string_view& line, std::string_view& out);
    const char* take_timestamp(std::string_view text, sample& of);
    family& family_named(std::string_view name);
    std::uint32_t family_of(std::string_view sample_name);
    std::string_view unescaped(std::string_view text, bool with_quotes);

    bool is_openmetrics_;
    const exposition_limits& limits_;
    exposition& into_;
    bool has_ended_ = false;
};

// A backslash, a line feed and (in labels) a quote are escaped.
std::string_view reader::unescaped(std::string_view text, bool with_quotes) {
    if (text.find('\\') == std::string_view::npos) return text;
    auto& out = into_.texts.emplace_back();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char after = text[at] == '\\' && at + 1 < text.size() ? text[at + 1] : '\0';
        const bool is_escape = after == '\\' || after == 'n' || (after == '"' && with_quotes);
        if (is_escape) ++at;
        out += is_escape && after == 'n' ? '\n' : text[at];
    }
    return out;
}

family& reader::family_named(std::string_view name) {
    if (into_.families.empty() || into_.families.back().name != name)
        into_.families.push_back({name});
    return into_.families.back();
}

// The family that was declared last, if the sample's name is of it; else one of its own.
std::uint32_t reader::family_of(std::string_view sample_name) {
    constexpr std::array<std::string_view, 8> endings = {"",       "_bucket",  "_sum",  "_count",
                                                         "_total", "_created", "_info", "_gsum"};
    if (!into_.families.empty()) {
        const auto& name = into_.families.back().name;
        const bool begins = sample_name.starts_with(name);
        const auto ending = begins ? sample_name.substr(name.size()) : std::string_view("-");
        const bool is_known = std::ranges::find(endings, ending) != endings.end();
        if (is_known || ending == "_gcount")
            return static_cast<std::uint32_t>(into_.families.size() - 1);
    }
    into_.families.push_back({sample_name});
    return static_cast<std::uint32_t>(into_.families.size() - 1);
}

const char* reader::take_comment(std::string_view line) {
    line.remove_prefix(1);
    const auto keyword = take_word(line);
    if (is_openmetrics_ && keyword == "EOF") {
        has_ended_ = true;
        return nullptr;
    }
    if (keyword != "TYPE" && keyword != "HELP") return nullptr;
    const auto name = take_name(line);
    if (name.empty() || name.size() > limits_.name_bytes_max) return "no name of a metric";
    if (!line.empty() && !is_blank(line.front())) return "no name of a metric";
    skip_blanks(line);
    if (into_.families.size() >= limits_.samples_max) return "too many metrics";
    if (keyword == "HELP") {
        if (line.size() > limits_.value_bytes_max) return "the help text is too long";
        auto& of = family_named(name);
        of.help = unescaped(line, is_openmetrics_);
        of.has_help = true;
        return nullptr;
    }
    const auto type = take_word(line);
    if (type.empty() || type.size() > 32 || !line.empty()) return "no type of a metric";
    family_named(name).type = type == "untyped" ? std::string_view("unknown") : type;
    return nullptr;
}

// A quoted text, up to behind its end.
const char* reader::take_text(std::string_view& line, std::string_view& out) {
    if (!line.starts_with('"')) return "a label's value is not quoted";
    std::size_t at = 1;
    while (at < line.size() && line[at] != '"')
        at += line[at] == '\\' ? 2 : 1;
    if (at >= line.size()) return "a label's value does not end";
    if (at > limits_.value_bytes_max) return "a label's value is too long";
    out = unescaped(line.substr(1, at - 1), true);
    line.remove_prefix(at + 1);
    return nullptr;
}

const char* reader::take_labels(std::string_view& line, sample& of) {
    line.remove_prefix(1);
    of.label_first = static_cast<std::uint32_t>(into_.labels.size());
    for (;;) {
        skip_blanks(line);
        if (line.starts_with('}')) break;
        label each;
        each.name = take_name(line);
        if (each.name.empty() || each.name.size() > limits_.name_bytes_max)
            return "no name of a label";
        if (of.label_count == limits_.labels_max) return "too many labels";
        skip_blanks(line);
        if (!line.starts_with('=')) return "no = after a label's name";
        line.remove_prefix(1);
        skip_blanks(line);
        if (const auto* wrong = take_text(line, each.value)) return wrong;
        into_.labels.push_back(each);
        ++of.label_count;
        skip_blanks(line);
        if (line.starts_with(',')) {
            line.remove_prefix(1);
        } else if (!line.starts_with('}')) {
            return "no , or } after a label";
        }
    }
    line.remove_prefix(1);
    return nullptr;
}

const char* reader::take_timestamp(std::string_view text, sample& of) {
    const auto number = parse_value(text);
    constexpr double ms_max = 253402300799999.0;  // the year 9999
    const auto ms = number ? *number * (is_openmetrics_ ? 1000 : 1) : 0;
    if (!number || !std::isfinite(ms) || std::abs(ms) > ms_max) return "no timestamp";
    of.has_timestamp = true;
    of.timestamp_ms = static_cast<std::int64_t>(std::llround(ms));
    return nullptr;
}

const char* reader::take_sample(std::string_view line) {
    if (into_.samples.size() == limits_.samples_max) return "too many samples";
    sample out;
    out.name = take_name(line);
    if (out.name.empty() || out.name.size() > limits_.name_bytes_max) return "no name of a metric";
    if (!line.empty() && !is_blank(line.front()) && line.front() != '{')
        return "no name of a metric";
    skip_blanks(line);
    if (line.starts_with('{')) {
        if (const auto* wrong = take_labels(line, out)) return wrong;
    }
    const auto value = parse_value(take_word(line));
    if (!value) return "no value";
    out.value = *value;
    // What follows a # is an exemplar, which belongs to a trace and not to the sample.
    if (!line.empty() && line.front() != '#') {
        if (const auto* wrong = take_timestamp(take_word(line), out)) return wrong;
    }
    if (!line.empty() && line.front() != '#') return "something follows the timestamp";
    if (!line.empty() && !is_openmetrics_) return "something follows the value";
    out.family = family_of(out.name);
    into_.samples.push_back(out);
    return nullptr;
}

const char* reader::take_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    skip_blanks(line);
    if (line.empty()) return nullptr;
    return line.front() == '#' ? take_comment(line) : take_sample(line);
}

}  // namespace

std::expected<void, std::string> parse_exposition(std::string_view text, bool is_openmetrics,
                                                  const exposition_limits& limits,
                                                  exposition& into) {
    into.families.clear();
    into.samples.clear();
    into.labels.clear();
    into.texts.clear();
    reader lines(is_openmetrics, limits, into);
    std::size_t number = 0;
    while (!text.empty() && !lines.has_ended()) {
        const auto end = std::min(text.find('\n'), text.size());
        ++number;
        if (const auto* wrong = lines.take_line(text.substr(0, end)))
            return std::unexpected("line " + std::to_string(number) + ": " + wrong);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (is_openmetrics && !lines.has_ended())
        return std::unexpected("the end (# EOF) is missing: the response was cut");
    return {};
}

}  // namespace weir::connectors::prometheus
