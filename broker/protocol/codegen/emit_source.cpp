// The encode and decode of one message. For each structure a pair of functions, write and read;
// a field of an older or newer version stands under an `if` over the version.
#include <fmt/format.h>

#include <algorithm>

#include "broker/protocol/codegen/emit.hpp"

namespace weir::codegen {
namespace {

// Lines of code with an indentation that follows the blocks.
class code {
  public:
    void line(const std::string& text) { text_ += std::string(depth_ * 4, ' ') + text + "\n"; }
    void open(const std::string& text) {
        line(text + " {");
        ++depth_;
    }
    void close(const std::string& after = "") {
        --depth_;
        line("}" + after);
    }
    void otherwise(const std::string& condition = "") {
        --depth_;
        line(condition.empty() ? "} else {" : "} else if (" + condition + ") {");
        ++depth_;
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::size_t depth_ = 0;
};

// "true" when `within` covers all versions of the message; else a comparison.
std::string condition_of(const message& owner, const range& within) {
    if (within.covers(owner.versions)) return "true";
    if (within.to >= owner.versions.to) return fmt::format("version >= {}", within.from);
    if (within.from <= owner.versions.from) return fmt::format("version <= {}", within.to);
    if (within.from == within.to) return fmt::format("version == {}", within.from);
    return fmt::format("version >= {} && version <= {}", within.from, within.to);
}

std::string flexible_of(const message& owner, const field& of) {
    return of.plain || !owner.flexible ? "false" : "flexible";
}

// One value that is neither null nor an array.
void write_value(code& out, const message& owner, const field& of, const std::string& value,
                 const std::string& to) {
    const auto flexible = flexible_of(owner, of);
    if (of.is_structure) {
        out.line(fmt::format("write({}, {}, version);", value, to));
    } else if (of.type == "string" || of.type == "bytes" || of.type == "records") {
        out.line(fmt::format("{}.put_{}({}, {});", to, of.type, value, flexible));
    } else if (of.strong == "error_code") {
        out.line(fmt::format("{}.put_int16(static_cast<std::int16_t>({}));", to, value));
    } else {
        const std::string raw = of.strong.empty() ? "" : ".value()";
        out.line(fmt::format("{}.put_{}({}{});", to, of.type, value, raw));
    }
}

std::string read_expression(const message& owner, const field& of, const std::string& from) {
    const auto flexible = flexible_of(owner, of);
    if (of.type == "string" || of.type == "bytes" || of.type == "records") {
        return fmt::format("{}.get_{}({})", from, of.type, flexible);
    }
    if (of.strong == "error_code") {
        return fmt::format("static_cast<broker::error_code>({}.get_int16())", from);
    }
    if (of.strong.empty()) return fmt::format("{}.get_{}()", from, of.type);
    return fmt::format("broker::{}({}.get_{}())", of.strong, from, of.type);
}

void write_array(code& out, const message& owner, const field& of, const std::string& list,
                 const std::string& to) {
    out.line(fmt::format("{}.put_count({}.size(), {});", to, list, flexible_of(owner, of)));
    out.open(fmt::format("for (const auto& each : {})", list));
    write_value(out, owner, of, "each", to);
    out.close();
}

void write_null(code& out, const message& owner, const field& of, const std::string& to) {
    const auto flexible = flexible_of(owner, of);
    if (of.is_structure && !of.is_array) {
        out.line(fmt::format("{}.put_int8(-1);", to));
    } else if (of.type == "string" && !of.is_array) {
        out.line(fmt::format("{}.put_nullable_string(std::nullopt, {});", to, flexible));
    } else {
        out.line(fmt::format("{}.put_null_array({});", to, flexible));
    }
}

// What stands for null in a version that has no null: the empty value.
void write_empty(code& out, const message& owner, const field& of, const std::string& to) {
    const auto flexible = flexible_of(owner, of);
    if (of.is_structure && !of.is_array) {
        out.line(fmt::format("write({}{{}}, {}, version);", element_type(owner, of), to));
    } else if (of.type == "string" && !of.is_array) {
        out.line(fmt::format("{}.put_string({{}}, {});", to, flexible));
    } else {
        out.line(fmt::format("{}.put_count(0, {});", to, flexible));
    }
}

void write_field(code& out, const message& owner, const field& of, const std::string& to) {
    const auto member = "value." + member_name(of);
    if (!is_optional(of)) {
        if (of.is_array) return write_array(out, owner, of, member, to);
        return write_value(out, owner, of, member, to);
    }
    const auto may_be_null = condition_of(owner, *of.nullable);
    const bool prefixed = of.is_structure && !of.is_array;
    out.open(fmt::format("if ({})", member));
    if (prefixed) {
        if (may_be_null == "true") {
            out.line(fmt::format("{}.put_int8(1);", to));
        } else {
            out.line(fmt::format("if ({}) {}.put_int8(1);", may_be_null, to));
        }
    }
    if (of.is_array) {
        write_array(out, owner, of, "(*" + member + ")", to);
    } else {
        write_value(out, owner, of, "(*" + member + ")", to);
    }
    if (may_be_null != "true") {
        out.otherwise(may_be_null);
        write_null(out, owner, of, to);
        out.otherwise();
        write_empty(out, owner, of, to);
    } else {
        out.otherwise();
        write_null(out, owner, of, to);
    }
    out.close();
}

void read_elements(code& out, const message& owner, const field& of, const std::string& list,
                   const std::string& from) {
    out.line(fmt::format("{}.reserve(*count);", list));
    out.open(
        fmt::format("for (std::size_t index = 0; index < *count && !{}.failed(); ++index)", from));
    if (of.is_structure) {
        out.line(fmt::format("read({}.emplace_back(), {}, version);", list, from));
    } else {
        out.line(fmt::format("{}.push_back({});", list, read_expression(owner, of, from)));
    }
    out.close();
}

void read_array(code& out, const message& owner, const field& of, const std::string& from) {
    const auto member = "value." + member_name(of);
    out.open("");
    out.line(fmt::format("const auto count = {}.get_nullable_count({}, sizeof({}));", from,
                         flexible_of(owner, of), element_type(owner, of)));
    out.open("if (count)");
    if (is_optional(of)) {
        out.line(fmt::format("auto& list = {}.emplace();", member));
        read_elements(out, owner, of, "list", from);
        out.otherwise();
        const auto may_be_null = condition_of(owner, *of.nullable);
        out.line(fmt::format("{}.reset();", member));
        if (may_be_null != "true") {
            out.line(
                fmt::format("if (!({})) {}.fail(decode_errc::null_value);", may_be_null, from));
        }
    } else {
        read_elements(out, owner, of, member, from);
        out.otherwise();
        out.line(fmt::format("{}.fail(decode_errc::null_value);", from));
    }
    out.close();
    out.close();
}

void read_optional(code& out, const message& owner, const field& of, const std::string& from) {
    const auto member = "value." + member_name(of);
    const auto may_be_null = condition_of(owner, *of.nullable);
    if (of.is_structure) {
        const auto prefix = fmt::format("{}.get_int8() < 0", from);
        const auto null =
            may_be_null == "true" ? prefix : fmt::format("({}) && {}", may_be_null, prefix);
        out.open(fmt::format("if ({})", null));
        out.line(member + ".reset();");
        out.otherwise();
        out.line(fmt::format("{} inner;", element_type(owner, of)));
        out.line(fmt::format("read(inner, {}, version);", from));
        out.line(fmt::format("{} = std::move(inner);", member));
        out.close();
        return;
    }
    out.line(
        fmt::format("{} = {}.get_nullable_{}({});", member, from, of.type, flexible_of(owner, of)));
    if (may_be_null != "true") {
        out.line(fmt::format("if (!{} && !({})) {}.fail(decode_errc::null_value);", member,
                             may_be_null, from));
    }
}

void read_field(code& out, const message& owner, const field& of, const std::string& from) {
    const auto member = "value." + member_name(of);
    if (of.is_array) return read_array(out, owner, of, from);
    if (is_optional(of)) return read_optional(out, owner, of, from);
    if (of.is_structure) {
        out.line(fmt::format("read({}, {}, version);", member, from));
    } else {
        out.line(fmt::format("{} = {};", member, read_expression(owner, of, from)));
    }
}

void write_tags(code& out, const message& owner, const std::vector<field>& fields) {
    out.open("if (flexible)");
    out.line("std::uint32_t tags = 0;");
    std::vector<const field*> tagged;
    for (const auto& each : fields) {
        if (each.tag) tagged.push_back(&each);
    }
    std::ranges::sort(tagged, {}, [](const field* each) { return *each->tag; });
    for (const auto* each : tagged) {
        const auto member = member_name(*each);
        const auto type = type_of(owner, *each);
        out.line(fmt::format("const {} default_{}{};", type, member, initializer_of(*each)));
        out.line(fmt::format("const bool has_{} = {} && !(value.{} == default_{});", member,
                             condition_of(owner, each->versions), member, member));
        out.line(fmt::format("tags += has_{} ? 1 : 0;", member));
    }
    out.line("out.put_unsigned_varint(tags);");
    for (const auto* each : tagged) {
        out.open(fmt::format("if (has_{})", member_name(*each)));
        out.line("writer part;");
        write_field(out, owner, *each, "part");
        out.line(fmt::format("out.put_unsigned_varint({});", *each->tag));
        out.line("out.put_unsigned_varint(static_cast<std::uint32_t>(part.size()));");
        out.line("out.put_raw(part.buffer());");
        out.close();
    }
    out.close();
}

void read_tags(code& out, const message& owner, const std::vector<field>& fields) {
    bool any = false;
    for (const auto& each : fields)
        any = any || each.tag.has_value();
    if (!any) return out.line("if (flexible) in.skip_tags();");
    out.open("if (flexible)");
    out.line("const auto tags = in.get_tag_count();");
    out.open("for (std::uint32_t index = 0; index < tags && !in.failed(); ++index)");
    out.line("const auto tag = in.get_unsigned_varint();");
    out.line("const auto size = in.get_unsigned_varint();");
    out.line("reader part = in.take(size);");
    out.open("switch (tag)");
    for (const auto& each : fields) {
        if (!each.tag) continue;
        out.open(fmt::format("case {}:", *each.tag));
        const auto condition = condition_of(owner, each.versions);
        if (condition != "true") out.open(fmt::format("if ({})", condition));
        read_field(out, owner, each, "part");
        if (condition != "true") {
            out.otherwise();
            out.line("part.skip(part.left());");
            out.close();
        }
        out.line("break;");
        out.close();
    }
    out.line("default: part.skip(part.left());");
    out.close();
    out.line("in.give_back(part);");
    out.close();
    out.close();
}

void emit_functions(code& out, const message& owner, const std::string& type,
                    const std::vector<field>& fields) {
    const auto flexible = owner.flexible && *owner.flexible <= owner.versions.to;
    const auto declare = fmt::format("[[maybe_unused]] const bool flexible = version >= {};",
                                     owner.flexible.value_or(32767));
    out.open(
        fmt::format("[[maybe_unused]] void write([[maybe_unused]] const {}& value, "
                    "[[maybe_unused]] writer& out, [[maybe_unused]] std::int16_t version)",
                    type));
    out.line(declare);
    for (const auto& each : fields) {
        if (each.tag) continue;
        const auto condition = condition_of(owner, each.versions);
        if (condition != "true") out.open(fmt::format("if ({})", condition));
        write_field(out, owner, each, "out");
        if (condition != "true") out.close();
    }
    if (flexible) write_tags(out, owner, fields);
    out.close("\n");
    out.open(
        fmt::format("[[maybe_unused]] void read([[maybe_unused]] {}& value, "
                    "[[maybe_unused]] reader& in, [[maybe_unused]] std::int16_t version)",
                    type));
    out.line(declare);
    for (const auto& each : fields) {
        if (each.tag) continue;
        const auto condition = condition_of(owner, each.versions);
        if (condition != "true") out.open(fmt::format("if ({})", condition));
        read_field(out, owner, each, "in");
        if (condition != "true") out.close();
    }
    if (flexible) read_tags(out, owner, fields);
    out.close("\n");
}

}  // namespace

std::string emit_source(const message& of) {
    const auto name = snake_case(of.name);
    code out;
    out.line("// Generated from broker/protocol/schema; do not edit.");
    out.line(fmt::format("#include \"{}.hpp\"\n", include_stem(of)));
    out.line("namespace weir::broker::protocol {\nnamespace {\n");
    for (const auto& inner : of.inner) {
        emit_functions(out, of, "struct " + name + "::" + inner.name, inner.fields);
    }
    emit_functions(out, of, name, of.fields);
    out.line("}  // namespace\n");
    out.open(fmt::format("void {}::encode(writer& out, std::int16_t version) const", name));
    out.line("write(*this, out, version);");
    out.close("\n");
    out.open(
        fmt::format("std::expected<{}, decode_errc> {}::decode(reader& in, "
                    "std::int16_t version)",
                    name, name));
    out.open("if (version < min_version || version > max_version)");
    out.line("return std::unexpected(decode_errc::bad_version);");
    out.close();
    out.line(fmt::format("{} value;", name));
    out.line("read(value, in, version);");
    out.line("if (in.failed()) return std::unexpected(in.error());");
    out.line("return value;");
    out.close("\n");
    out.line("}  // namespace weir::broker::protocol");
    return out.take();
}

}  // namespace weir::codegen
