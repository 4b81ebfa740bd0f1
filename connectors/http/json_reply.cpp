#include "connectors/http/json_reply.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::connectors::http {

namespace {

using json = nlohmann::json;

constexpr std::size_t error_bytes_max = 500;
constexpr std::size_t depth_max = 64;

// Ignores what is read; readers override what they look for. Returning false ends the reading.
class listener : public nlohmann::json_sax<json> {
  public:
    bool null() override { return scalar(); }
    bool boolean(bool) override { return scalar(); }
    bool number_integer(number_integer_t) override { return scalar(); }
    bool number_unsigned(number_unsigned_t) override { return scalar(); }
    bool number_float(number_float_t, const string_t&) override { return scalar(); }
    bool string(string_t&) override { return scalar(); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& text) override {
        key_.assign(text, 0, 64);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

  protected:
    virtual void opened(bool /*is_array*/) {}
    virtual void closed() {}
    bool scalar() const { return depth_ > 0; }

    std::size_t depth_ = 0;
    std::string key_;  // the last one

  private:
    bool open(bool is_array) {
        if (++depth_ > depth_max) return false;
        opened(is_array);
        return true;
    }
    bool close() {
        --depth_;
        closed();
        return true;
    }
};

// {"errors": true, "items": [{"index": {"status": 429, "error": {"type": "", "reason": ""}}}]}
class bulk_listener : public listener {
  public:
    explicit bulk_listener(std::size_t items_max) : items_max_(items_max) {}

    bulk_reply reply;
    bool has_verdict = false;
    bool is_too_long = false;

    bool boolean(bool value) override {
        if (depth_ != 1 || key_ != "errors") return scalar();
        has_verdict = true;
        reply.has_errors = value;
        return value;  // nothing more to learn when there are none
    }
    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override {
        return number(static_cast<std::int64_t>(std::min<std::uint64_t>(value, 1000)));
    }
    bool string(string_t& text) override {
        if (in_error_ && depth_ == 5) {
            if (key_ == "type") type_.assign(text, 0, error_bytes_max);
            if (key_ == "reason") reason_.assign(text, 0, error_bytes_max);
        } else if (in_items_ && depth_ == 4 && key_ == "error") {
            reason_.assign(text, 0, error_bytes_max);
        }
        return scalar();
    }
    bool start_object(std::size_t size) override {
        if (in_items_ && depth_ == 2) {
            is_too_long = reply.items.size() == items_max_;
            if (is_too_long) return false;
            reply.items.emplace_back();
        }
        return listener::start_object(size);
    }

  protected:
    void opened(bool is_array) override {
        if (depth_ == 2 && is_array && key_ == "items") in_items_ = true;
        if (in_items_ && depth_ == 5 && !is_array && key_ == "error") in_error_ = true;
    }
    void closed() override {
        if (depth_ == 4) in_error_ = false;
        if (in_items_ && depth_ == 2) end_item();
        if (depth_ == 1) in_items_ = false;
    }

  private:
    bool number(std::int64_t value) {
        const bool is_status = in_items_ && depth_ == 4 && key_ == "status";
        if (is_status && !reply.items.empty())
            reply.items.back().status = static_cast<int>(std::clamp<std::int64_t>(value, 0, 999));
        return scalar();
    }
    void end_item() {
        if (!reply.items.empty() && !(type_.empty() && reason_.empty()))
            reply.items.back().error = type_.empty() ? reason_ : type_ + ": " + reason_;
        type_.clear();
        reason_.clear();
    }

    std::size_t items_max_;
    bool in_items_ = false;
    bool in_error_ = false;
    std::string type_;
    std::string reason_;
};

class token_listener : public listener {
  public:
    token_reply reply;

    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override {
        return number(static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT32_MAX)));
    }
    bool number_float(number_float_t value, const string_t&) override {
        return number(static_cast<std::int64_t>(std::clamp(value, 0.0, 2147483647.0)));
    }
    bool string(string_t& text) override {
        if (depth_ == 1 && key_ == "access_token") reply.access_token = text;
        if (depth_ == 1 && key_ == "expires_in" && text.size() < 10 && !text.empty() &&
            text.find_first_not_of("0123456789") == std::string::npos) {
            reply.expires_in_s = std::stol(text);
        }
        return scalar();
    }

  private:
    bool number(std::int64_t value) {
        if (depth_ == 1 && key_ == "expires_in")
            reply.expires_in_s = std::clamp<std::int64_t>(value, 0, INT32_MAX);
        return scalar();
    }
};

// Whether all of it was read.
bool read(std::string_view text, listener& into) {
    try {
        return json::sax_parse(text.begin(), text.end(), &into);
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

std::expected<bulk_reply, std::string> parse_bulk_reply(std::string_view text,
                                                        std::size_t items_max) {
    bulk_listener into(items_max);
    const bool is_whole = read(text, into);
    if (into.has_verdict && !into.reply.has_errors) {
        into.reply.items.clear();
        return std::move(into.reply);
    }
    if (into.is_too_long) return std::unexpected("the reply has more items than the request");
    if (!is_whole) return std::unexpected("the reply is no JSON object");
    if (!into.has_verdict) return std::unexpected("the reply does not say whether it has errors");
    if (into.reply.items.size() != items_max)
        return std::unexpected("the reply has fewer items than the request");
    return std::move(into.reply);
}

std::expected<token_reply, std::string> parse_token_reply(std::string_view text) {
    token_listener into;
    if (!read(text, into)) return std::unexpected("the token endpoint's reply is no JSON object");
    const auto& token = into.reply.access_token;
    if (token.empty()) return std::unexpected("the token endpoint's reply has no access_token");
    const bool is_header_text =
        std::ranges::all_of(token, [](char letter) { return letter > 0x20 && letter < 0x7f; });
    if (!is_header_text || token.size() > 16 * 1024)
        return std::unexpected("the token endpoint's access_token cannot stand in a header");
    return std::move(into.reply);
}

}  // namespace weir::connectors::http
