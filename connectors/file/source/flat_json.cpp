#include "connectors/file/source/flat_json.hpp"

#include <algorithm>
#include <charconv>

namespace weir::connectors::file {
namespace {

constexpr int depth_max = 32;

// Reads one JSON text from front to back.
class reader {
  public:
    explicit reader(std::string_view text) : rest_(text) {}

    void blanks() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != rest_.npos)
            rest_.remove_prefix(1);
    }
    bool take(char wanted) {
        blanks();
        if (rest_.empty() || rest_[0] != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool at_end() {
        blanks();
        return rest_.empty();
    }
    bool next_is(char wanted) {
        blanks();
        return !rest_.empty() && rest_[0] == wanted;
    }
    bool string(std::string& into);
    // A number, true, false or null.
    bool word(std::string& into) {
        blanks();
        const auto size = std::min(rest_.find_first_of(",}] \t\r\n"), rest_.size());
        into.assign(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return !into.empty() &&
               into.find_first_not_of("0123456789+-.eEtrufalsn") == std::string::npos;
    }
    bool skip(int depth);

  private:
    bool escape(std::string& into);
    bool code_unit(std::uint32_t& into);

    std::string_view rest_;
};

void put_utf8(std::string& into, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { into.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | (code >> 6));
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3f));
        put(0x80 | ((code >> 6) & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

bool reader::code_unit(std::uint32_t& into) {
    if (rest_.size() < 4) return false;
    const auto* end = rest_.data() + 4;
    if (std::from_chars(rest_.data(), end, into, 16).ptr != end) return false;
    rest_.remove_prefix(4);
    return true;
}

bool reader::escape(std::string& into) {
    if (rest_.empty()) return false;
    const char kind = rest_[0];
    rest_.remove_prefix(1);
    constexpr std::string_view plain = "\"\\/";
    constexpr std::string_view named = "bfnrt";
    if (plain.find(kind) != plain.npos) {
        into.push_back(kind);
        return true;
    }
    if (const auto at = named.find(kind); at != named.npos) {
        into.push_back("\b\f\n\r\t"[at]);
        return true;
    }
    std::uint32_t code = 0;
    if (kind != 'u' || !code_unit(code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
        std::uint32_t low = 0;
        if (!rest_.starts_with("\\u")) return false;
        rest_.remove_prefix(2);
        if (!code_unit(low) || low < 0xdc00 || low > 0xdfff) return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    put_utf8(into, code);
    return true;
}

bool reader::string(std::string& into) {
    if (!take('"')) return false;
    while (true) {
        const auto plain = rest_.find_first_of("\"\\");
        if (plain == rest_.npos) return false;
        into.append(rest_.substr(0, plain));
        const bool ends = rest_[plain] == '"';
        rest_.remove_prefix(plain + 1);
        if (ends) return true;
        if (!escape(into)) return false;
    }
}

bool reader::skip(int depth) {
    if (depth > depth_max) return false;
    std::string ignored;
    if (next_is('"')) return string(ignored);
    const bool object = next_is('{');
    if (!object && !next_is('[')) return word(ignored);
    take(object ? '{' : '[');
    const char end = object ? '}' : ']';
    if (take(end)) return true;
    do {
        if (object && !(string(ignored) && take(':'))) return false;
        if (!skip(depth + 1)) return false;
    } while (take(','));
    return take(end);
}

// Whether `text` is UTF-8 (shortest forms, no surrogates).
bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t size = first < 0x80   ? 1
                                 : first < 0xc2 ? 0
                                 : first < 0xe0 ? 2
                                 : first < 0xf0 ? 3
                                 : first < 0xf5 ? 4
                                                : 0;
        if (size == 0 || at + size > text.size()) return false;
        for (std::size_t next = 1; next < size; ++next) {
            if ((static_cast<unsigned char>(text[at + next]) & 0xc0) != 0x80) return false;
        }
        const auto second = size > 2 ? static_cast<unsigned char>(text[at + 1]) : 0;
        if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
        if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
        at += size;
    }
    return true;
}

void put_quoted(std::string& out, std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('"');
    for (const char each : value) {
        if (each == '"' || each == '\\') {
            out.push_back('\\');
            out.push_back(each);
        } else if (static_cast<unsigned char>(each) < 0x20) {
            out += "\\u00";
            out.push_back(digits[static_cast<unsigned char>(each) >> 4]);
            out.push_back(digits[static_cast<unsigned char>(each) & 15]);
        } else {
            out.push_back(each);
        }
    }
    out.push_back('"');
}

}  // namespace

std::optional<flat_object> flat_object::parse(std::string_view text) {
    flat_object out;
    reader from(text);
    if (!from.take('{')) return std::nullopt;
    if (from.take('}')) return from.at_end() ? std::optional(std::move(out)) : std::nullopt;
    do {
        std::string key;
        if (!from.string(key) || !from.take(':')) return std::nullopt;
        scalar value;
        if (from.next_is('"')) {
            value.quoted = true;
            if (!from.string(value.value)) return std::nullopt;
        } else if (from.next_is('{') || from.next_is('[')) {
            if (!from.skip(0)) return std::nullopt;
            continue;
        } else if (!from.word(value.value)) {
            return std::nullopt;
        }
        out.members_[key] = std::move(value);
    } while (from.take(','));
    if (!from.take('}') || !from.at_end()) return std::nullopt;
    return out;
}

const flat_object::scalar* flat_object::find(std::string_view key) const {
    const auto at = members_.find(key);
    return at == members_.end() ? nullptr : &at->second;
}

std::optional<std::string> flat_object::text(std::string_view key) const {
    const auto* found = find(key);
    if (found == nullptr || !found->quoted) return std::nullopt;
    return found->value;
}

std::optional<std::uint64_t> flat_object::number(std::string_view key) const {
    const auto* found = find(key);
    if (found == nullptr) return std::nullopt;
    std::uint64_t out = 0;
    const auto* end = found->value.data() + found->value.size();
    const auto read = std::from_chars(found->value.data(), end, out);
    if (read.ec == std::errc() && (read.ptr == end || std::string_view(read.ptr, end) == ".0"))
        return out;
    return std::nullopt;
}

bool flat_object::boolean(std::string_view key) const {
    const auto* found = find(key);
    return found != nullptr && !found->quoted && found->value == "true";
}

void object_writer::put_key(std::string_view key) {
    if (out_.size() > 1) out_.push_back(',');
    put_quoted(out_, key);
    out_.push_back(':');
}

object_writer& object_writer::put_text(std::string_view key, std::string_view value) {
    if (is_utf8(value)) {
        put_key(key);
        put_quoted(out_, value);
        return *this;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    put_key(std::string(key) + "_hex");
    out_.push_back('"');
    for (const char each : value) {
        out_.push_back(digits[static_cast<unsigned char>(each) >> 4]);
        out_.push_back(digits[static_cast<unsigned char>(each) & 15]);
    }
    out_.push_back('"');
    return *this;
}

object_writer& object_writer::put_number(std::string_view key, std::uint64_t value) {
    put_key(key);
    out_ += std::to_string(value);
    return *this;
}

object_writer& object_writer::put_wide(std::string_view key, std::uint64_t value) {
    put_key(key);
    put_quoted(out_, std::to_string(value));
    return *this;
}

object_writer& object_writer::put_true(std::string_view key) {
    put_key(key);
    out_ += "true";
    return *this;
}

std::string object_writer::take() {
    out_.push_back('}');
    return std::move(out_);
}

std::optional<std::string> text_of(const flat_object& from, std::string_view key) {
    if (auto plain = from.text(key)) return plain;
    const auto digits = from.text(std::string(key) + "_hex");
    if (!digits || digits->size() % 2 != 0) return std::nullopt;
    std::string out;
    for (std::size_t at = 0; at < digits->size(); at += 2) {
        unsigned byte = 0;
        const auto* end = digits->data() + at + 2;
        if (std::from_chars(digits->data() + at, end, byte, 16).ptr != end) return std::nullopt;
        out.push_back(static_cast<char>(byte));
    }
    return out;
}

}  // namespace weir::connectors::file
