// Goal: transforms and JSON converters do what Kafka's own classes do. Method: the cases of
// smt_tool/generate.py and the results of these classes (data/smt); each of ours must be equal, its
// errors with the same text but for those that name Java's insides.
#include <gtest/gtest.h>

#include <fstream>

#include "connect/converters/converter.hpp"
#include "connect/data/number_text.hpp"
#include "tests/golden/notation.hpp"
#include "transforms/smt/chain.hpp"

namespace weir::golden {
namespace {

using namespace connect;
using json = notation::json;

std::vector<json> lines_of(const std::string& name) {
    std::ifstream in("tests/golden/data/smt/" + name + ".jsonl");
    std::vector<json> out;
    for (std::string line; std::getline(in, line);)
        out.push_back(json::parse(line));
    return out;
}

json failure(const std::string& reason) {
    return {{"error", reason}};
}

std::vector<std::pair<std::string, std::string>> options_of(const json& of) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, value] : of.items())
        out.emplace_back(name, value.get<std::string>());
    return out;
}

json transformed(const json& of) {
    notation by;
    std::vector<data::transform_step> steps;
    for (const auto& each : of["steps"]) {
        data::transform_step made{.type = each["type"], .options = options_of(each["options"])};
        if (each.contains("predicate")) {
            made.predicate = each["predicate"];
            made.predicate_options = options_of(each["predicate_options"]);
            made.negate = each["negate"];
        }
        steps.push_back(std::move(made));
    }
    const auto chain = transforms::smt::make_chain(steps);
    if (!chain) return failure(chain.error().front().reason);
    auto record = by.read_record(of["record"]);
    const auto kept = (*chain)->apply(record, by.memory);
    if (!kept) return failure(kept.error().reason);
    json out;
    out["record"] = *kept ? notation::write(record) : json();
    return out;
}

json converted(const json& of) {
    notation by;
    const auto& options = of["converter"];
    const auto format = options.value("decimal.format", "BASE64");
    const auto made = converters::make_converter(
        {.name = options.value("schemas.enable", "true") == "true" ? "json_schema" : "json",
         .decimal_format = format,
         .replace_null_with_default =
             options.value("replace.null.with.default", "true") == "true"});
    if (!made) return failure(made.error());
    json out;
    if (of.contains("bytes")) {
        const auto text = of["bytes"].get<std::string>();
        const auto value = (*made)->to_value(base::as_bytes(text), by.memory, by.schemas);
        if (!value) return failure(value.error());
        out["value"] = notation::write(*value);
    } else {
        const auto bytes = (*made)->to_bytes(by.read(of["value"]), by.memory);
        if (!bytes) return failure(bytes.error());
        out["bytes"] = *bytes ? json(base::as_text(**bytes)) : json();
    }
    return out;
}

// Texts of errors that cannot be ours: of Java's regex engine, null pointers, parsers, and those
// that begin with ours and go on with the record.
bool is_java_only(const json& result) {
    const auto name = result.value("class", "");
    const auto text = result.value("error", "");
    return name == "NullPointerException" || name == "ConfigException" ||
           name == "IndexOutOfBoundsException" || name == "PatternSyntaxException" ||
           text.starts_with("Timestamp missing on record") ||
           text.starts_with("Converting byte[] to Kafka Connect data failed") ||
           (name == "IllegalArgumentException" && !text.starts_with("Unknown field"));
}

// The same with each floating point number in the shortest digits, which Java has since JDK 19.
json shortest(json of) {
    for (auto& [name, inner] : of.items()) {
        if (name == "f32" && inner.is_string()) {
            const auto number = data::parse_float(inner.get<std::string>());
            if (number) inner = std::string(data::number_text::of_float(*number).view());
        } else if (name == "f64" && inner.is_string()) {
            const auto number = data::parse_double(inner.get<std::string>());
            if (number) inner = std::string(data::number_text::of_double(*number).view());
        } else if (inner.is_structured()) {
            inner = shortest(inner);
        }
    }
    return of;
}

std::string difference(const json& ours, const json& theirs) {
    if (theirs.contains("error")) {
        if (!ours.contains("error")) return "no error";
        if (is_java_only(theirs) || ours["error"] == theirs["error"]) return {};
        return "another error";
    }
    return ours == theirs || ours == shortest(theirs) ? std::string() : "another result";
}

void compare(const std::string& name, json (*run)(const json&)) {
    const auto cases = lines_of(name);
    const auto results = lines_of(name + "_results");
    ASSERT_EQ(cases.size(), results.size());
    ASSERT_GT(cases.size(), 100U);
    int shown = 0;
    int wrong = 0;
    for (std::size_t index = 0; index < cases.size(); ++index) {
        const auto ours = run(cases[index]);
        const auto what = difference(ours, results[index]);
        if (what.empty()) continue;
        ++wrong;
        if (++shown <= 20)
            ADD_FAILURE() << name << " line " << index + 1 << ": " << what << "\n  case "
                          << cases[index] << "\n  ours " << ours << "\n  Kafka " << results[index];
    }
    EXPECT_EQ(wrong, 0) << "of " << cases.size();
}

TEST(golden_smt, transforms_are_those_of_kafka) {
    compare("transforms", transformed);
}

TEST(golden_smt, json_converters_are_those_of_kafka) {
    compare("converters", converted);
}

}  // namespace
}  // namespace weir::golden
