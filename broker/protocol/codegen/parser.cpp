#include "broker/protocol/codegen/parser.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace weir::codegen {
namespace {

constexpr std::array primitives = {"bool",  "int8",    "int16",  "uint16", "int32", "uint32",
                                   "int64", "float64", "string", "bytes",  "uuid",  "records"};
constexpr std::size_t indent_width = 4;

struct line {
    std::size_t number = 0;
    std::size_t depth = 0;
    std::string text;
};

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);)
        parts.push_back(trimmed(part));
    return parts;
}

bool starts_with_word(const std::string& text, const std::string& word) {
    return text.starts_with(word + " ") || text == word;
}

class parser {
  public:
    parser(std::string path, const std::string& text) : path_(std::move(path)) {
        std::istringstream in(text);
        std::size_t number = 0;
        for (std::string raw; std::getline(in, raw);) {
            ++number;
            const auto content = raw.substr(0, raw.find('#'));
            const auto body = trimmed(content);
            if (body.empty()) continue;
            const auto spaces = content.find_first_not_of(' ');
            lines_.push_back({.number = number, .depth = spaces / indent_width, .text = body});
            if (spaces % indent_width != 0) fail(lines_.back(), "indentation is by four spaces");
        }
    }

    std::vector<message> run() {
        if (lines_.empty()) throw parse_error(path_ + ": the file is empty");
        const auto header = lines_[at_++];
        const auto words = split(header.text, ' ');
        const bool is_api = words.size() == 3 && words[0] == "api";
        const bool is_record = words.size() == 3 && words[0] == "record";
        const bool is_plain = words.size() == 2 && words[0] == "message";
        if (!is_api && !is_record && !is_plain) {
            fail(header, "expected 'api KEY Name', 'record TYPE Name' or 'message Name'");
        }
        std::vector<message> messages;
        while (at_ < lines_.size()) {
            message next;
            next.is_record = !is_api;
            next.name = words.back();
            if (!is_plain) next.key = number(header, words[1]);
            parse_message(next);
            messages.push_back(std::move(next));
        }
        return messages;
    }

  private:
    [[noreturn]] void fail(const line& where, const std::string& reason) const {
        throw parse_error(path_ + ":" + std::to_string(where.number) + ": " + reason);
    }

    int number(const line& where, const std::string& text) const {
        const bool digits = !text.empty() && std::ranges::all_of(text, [](unsigned char letter) {
            return std::isdigit(letter) != 0;
        });
        if (!digits) fail(where, "'" + text + "' is not a number");
        return std::stoi(text);
    }

    // "3", "3+", "3-5"; a '+' goes up to the last version of the message.
    range parse_range(const line& where, const std::string& text, int last) const {
        if (text.ends_with('+'))
            return {.from = number(where, text.substr(0, text.size() - 1)), .to = last};
        const auto dash = text.find('-');
        if (dash == std::string::npos)
            return {.from = number(where, text), .to = number(where, text)};
        return {.from = number(where, text.substr(0, dash)),
                .to = number(where, text.substr(dash + 1))};
    }

    // "request versions 4-18, flexible 12+"
    void parse_message(message& into) {
        const auto& head = lines_[at_++];
        const auto parts = split(head.text, ',');
        const auto words = split(parts[0], ' ');
        if (words.size() != 3) fail(head, "expected 'request|response|data versions A-B'");
        if (words[0] == "request") {
            into.kind = message_kind::request;
            into.name += "Request";
        } else if (words[0] == "response") {
            into.kind = message_kind::response;
            into.name += "Response";
        } else if (words[0] != "data") {
            fail(head, "expected request, response or data");
        }
        into.versions = parse_range(head, words[2], 0);
        if (parts.size() > 1) {
            if (!starts_with_word(parts[1], "flexible")) fail(head, "expected 'flexible N+'");
            into.flexible = parse_range(head, trimmed(parts[1].substr(8)), 0).from;
        }
        into.fields = parse_fields(into, 1);
        sort_inner(into);
    }

    // C++ wants a structure before its use: those without unknown parts first, until none is left.
    void sort_inner(message& of) const {
        std::vector<structure> sorted;
        auto waiting = std::move(of.inner);
        const auto known = [&sorted](const field& each) {
            return !each.is_structure ||
                   std::ranges::find(sorted, each.type, &structure::name) != sorted.end();
        };
        while (!waiting.empty()) {
            const auto next = std::ranges::find_if(waiting, [&](const structure& each) {
                return std::ranges::all_of(each.fields, known);
            });
            if (next == waiting.end()) {
                throw parse_error(path_ + ": structure " + waiting.front().name +
                                  " uses a type that is not defined");
            }
            sorted.push_back(std::move(*next));
            waiting.erase(next);
        }
        of.inner = std::move(sorted);
    }

    std::vector<field> parse_fields(message& owner, std::size_t depth) {
        std::vector<field> fields;
        while (at_ < lines_.size() && lines_[at_].depth >= depth) {
            const auto& here = lines_[at_++];
            if (here.depth > depth) fail(here, "indented too far");
            if (starts_with_word(here.text, "struct")) {
                structure shared{.name = trimmed(here.text.substr(6)), .fields = {}};
                shared.fields = parse_fields(owner, depth + 1);
                owner.inner.push_back(std::move(shared));
                continue;
            }
            fields.push_back(parse_field(owner, here));
            const bool has_children = at_ < lines_.size() && lines_[at_].depth > depth;
            if (!has_children) continue;
            structure nested{.name = fields.back().type, .fields = {}};
            nested.fields = parse_fields(owner, depth + 1);
            owner.inner.push_back(std::move(nested));
        }
        return fields;
    }

    // "name: type, versions, null ..., tag ..., default ..., plain, sensitive"
    field parse_field(const message& owner, const line& here) const {
        const auto colon = here.text.find(':');
        if (colon == std::string::npos) fail(here, "expected 'name: type, ...'");
        field made;
        made.name = trimmed(here.text.substr(0, colon));
        made.versions = owner.versions;
        auto parts = split(here.text.substr(colon + 1), ',');
        parse_type(made, parts.front());
        made.is_structure = std::ranges::find(primitives, made.type) == primitives.end();
        for (std::size_t index = 1; index < parts.size(); ++index) {
            parse_attribute(owner, here, made, parts[index]);
        }
        return made;
    }

    static void parse_type(field& made, std::string type) {
        if (type.starts_with('[')) {
            made.is_array = true;
            type = type.substr(1, type.size() - 2);
        }
        const auto as = type.find(" as ");
        if (as != std::string::npos) {
            made.strong = type.substr(as + 4);
            type = type.substr(0, as);
        }
        made.type = type;
    }

    void parse_attribute(const message& owner, const line& here, field& made,
                         const std::string& text) const {
        const int last = owner.versions.to;
        if (std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
            made.versions = parse_range(here, text, last);
        } else if (text == "null") {
            made.nullable = made.versions;
        } else if (starts_with_word(text, "null")) {
            made.nullable = parse_range(here, trimmed(text.substr(4)), last);
        } else if (starts_with_word(text, "tag")) {
            made.tag = number(here, trimmed(text.substr(3)));
        } else if (starts_with_word(text, "default")) {
            made.initial = trimmed(text.substr(7));
        } else if (text == "plain") {
            made.plain = true;
        } else if (text == "sensitive") {
            made.sensitive = true;
        } else {
            fail(here, "unknown attribute '" + text + "'");
        }
    }

    std::string path_;
    std::vector<line> lines_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<message> parse_schema(const std::string& path, const std::string& text) {
    return parser(path, text).run();
}

std::string snake_case(const std::string& name) {
    std::string out;
    for (std::size_t index = 0; index < name.size(); ++index) {
        const auto letter = static_cast<unsigned char>(name[index]);
        const bool upper = std::isupper(letter) != 0;
        const bool after_lower =
            index > 0 && std::islower(static_cast<unsigned char>(name[index - 1])) != 0;
        if (upper && after_lower) out += '_';
        out += static_cast<char>(std::tolower(letter));
    }
    return out;
}

}  // namespace weir::codegen
