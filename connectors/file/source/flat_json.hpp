// flat_json: objects of texts, integers and booleans, as positions are stored. Pure. Values of
// other kinds are skipped; whatever is not JSON is refused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::connectors::file {

class flat_object {
  public:
    // Nothing when `text` is no JSON object.
    static std::optional<flat_object> parse(std::string_view text);

    bool has(std::string_view key) const { return find(key) != nullptr; }
    // What is missing or of another kind is empty.
    std::optional<std::string> text(std::string_view key) const;
    // Numbers and texts of digits alike: some stores keep numbers as floating point.
    std::optional<std::uint64_t> number(std::string_view key) const;
    bool boolean(std::string_view key) const;

  private:
    struct scalar {
        bool quoted = false;
        std::string value;
    };
    const scalar* find(std::string_view key) const;

    std::map<std::string, scalar, std::less<>> members_;
};

// Writes {"key":value,...}. Texts that are not UTF-8 are written as the key with "_hex" and the
// bytes as hexadecimal digits.
class object_writer {
  public:
    object_writer& put_text(std::string_view key, std::string_view value);
    object_writer& put_number(std::string_view key, std::uint64_t value);
    // As text, since the number may not fit into a floating point one.
    object_writer& put_wide(std::string_view key, std::uint64_t value);
    object_writer& put_true(std::string_view key);
    std::string take();

  private:
    void put_key(std::string_view key);
    std::string out_ = "{";
};

// The text of `key`, or of key_hex.
std::optional<std::string> text_of(const flat_object& from, std::string_view key);

}  // namespace weir::connectors::file
