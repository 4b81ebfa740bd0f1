#include "connectors/http/http_sink.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "connectors/http/gzip.hpp"
#include "connectors/http/hash.hpp"

namespace weir::connectors::http {

namespace {

constexpr std::uint64_t token_id = UINT64_MAX;
// A put() without any progress gives its records back after this time, any put() after that one:
// the host has a group to stay in.
constexpr std::int64_t stalled_ms_max = 20'000;
constexpr std::int64_t put_ms_max = 120'000;
// What is in flight at a stop may end well: a request that is cut off is sent twice.
constexpr std::int64_t stop_grace_ms = 2'000;
constexpr std::int64_t warn_every_ms = 10'000;

std::int64_t now_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::int64_t now_unix_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// Secret pieces of the configuration that a server might repeat.
std::vector<std::string> secrets_of(const auth_options& auth) {
    std::vector<std::string> out = {auth.password, auth.token, auth.client_secret};
    if (!auth.password.empty()) out.push_back(base64(auth.user + ":" + auth.password));
    return out;
}

bool goes_to_one_place(const sink_options& options) {
    const auto is_constant = [](const auto& header) { return header.second.is_constant(); };
    return options.target.is_constant() && std::ranges::all_of(options.headers, is_constant);
}

std::string fixed_authorization(const auth_options& auth) {
    if (auth.kind == auth_kind::basic) return basic_credentials(auth.user, auth.password);
    return auth.kind == auth_kind::bearer ? "Bearer " + auth.token : std::string();
}

}  // namespace

sdk::outcome http_sink::create(const sdk::host& host, const sdk::settings& given,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task) {
    std::string problems;
    auto options = read_sink_options(given, [&](std::string_view option, std::string reason) {
        problems += (problems.empty() ? "" : "; ") + std::string(option) + ": " + reason;
    });
    if (!problems.empty()) return sdk::fatal(problems);
    auto over = client::make(options.client);
    if (!over) return sdk::fatal(over.error());
    const auto batch = options.limits.records_max;
    // Enough for all requests in flight to be followed by others a few times.
    const auto round = std::uint64_t{batch} * options.limits.lanes_max * 4;
    wish.key_form = WEIR_FORM_BYTES;
    wish.value_form = options.value_form;
    wish.records_max = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(round, 1000, 200'000));
    wish.wait_ms = static_cast<std::uint32_t>(options.every_ms);
    wish.records_enough = batch;
    task = std::make_unique<http_sink>(host, std::move(options), std::move(*over));
    return sdk::ok();
}

void http_sink::check(const sdk::settings& given, bool reach, sdk::problems& found) {
    bool is_sound = true;
    const auto report = [&](std::string_view option, const std::string& reason) {
        is_sound = false;
        found.add(option, reason);
    };
    auto options = read_sink_options(given, report);
    if (!reach || !is_sound) return;
    auto over = client::make(options.client);
    if (!over) return found.add("tls.ca", over.error());
    // Any answer will do: what the server thinks of a HEAD is not the question.
    request ask;
    ask.method = "HEAD";
    ask.to = options.fixed_target;
    ask.to.target = "/";
    (*over)->start(std::move(ask));
    const auto timeout_ms = options.client.connect_ms + options.client.request_ms;
    const auto& answers = (*over)->wait(timeout_ms);
    if (answers.empty()) return found.add("url", "does not answer in time");
    if (answers.front().status == 0) found.add("url", answers.front().failure);
}

http_sink::http_sink(const sdk::host& host, sink_options options, std::unique_ptr<client> over)
    : host_(host),
      options_(std::move(options)),
      client_(std::move(over)),
      dispatch_(options_.retry, static_cast<std::uint64_t>(now_unix_ms()) | 1),
      secrets_(secrets_of(options_.auth)),
      authorization_(fixed_authorization(options_.auth)),
      has_one_destination_(goes_to_one_place(options_)) {}

void http_sink::request_stop() {
    is_stopped_ = true;
    client_->interrupt();
}

// ---- from records to requests -------------------------------------------------------------------

std::uint64_t http_sink::order_of(const weir_record& of) {
    if (options_.order == record_order::none) return 0;
    const bool is_by_key = options_.order == record_order::key;
    if (is_by_key && of.key.kind == WEIR_NULL) return 0;
    const auto topic = sdk::view(of.topic);
    const bool is_seen = topic.data() == topic_seen_.data() && topic.size() == topic_seen_.size();
    if (!is_seen) topic_hash_ = hash_of_text(topic, hash_seed);
    topic_seen_ = topic;
    const auto hash = hash_of_number(static_cast<std::uint32_t>(of.partition), topic_hash_);
    return (is_by_key ? hash_of_text(bytes_of(of.key), hash) : hash) | 1;
}

bool http_sink::take_destination(const weir_record& of, record_facts& into, weir_result& result) {
    scratch_.clear();
    auto expanded = options_.target.expand(of, escape::url, scratch_);
    if (expanded && !options_.target.is_constant()) {
        const auto parsed = parse_url(scratch_);
        if (!parsed) {
            expanded = std::unexpected("the URL of this record " + parsed.error());
        } else if (has_dot_segment(parsed->target)) {
            expanded = std::unexpected("the URL of this record has . or .. as a part of its path");
        }
    }
    for (const auto& [name, value] : options_.headers) {
        if (!expanded) break;
        if (value.is_constant()) continue;
        scratch_ += '\n';
        expanded = value.expand(of, escape::header, scratch_);
    }
    if (expanded) {
        into.destination = hash_of_text(scratch_, hash_seed);
        return true;
    }
    result = {WEIR_BAD_RECORD, 0, sdk::text(keep_reason(expanded.error()))};
    return false;
}

// Whether the record is sent.
bool http_sink::take_fact(const weir_record& of, record_facts& into, weir_result& result) {
    const auto kind = of.value.kind;
    const bool is_text = kind == WEIR_JSON || kind == WEIR_BYTES || kind == WEIR_STRING;
    if (kind == WEIR_NULL && options_.tombstones == tombstone::skip) return false;
    if (kind == WEIR_NULL && options_.tombstones == tombstone::refuse) {
        result = {WEIR_BAD_RECORD, 0, sdk::text("the record has no value (tombstone = \"fail\")")};
        return false;
    }
    if (kind != WEIR_NULL && !is_text) {
        result = {WEIR_BAD_RECORD, 0, sdk::text("the value is neither JSON nor bytes")};
        return false;
    }
    into.order = order_of(of);
    into.bytes = of.value.kind == WEIR_NULL ? 4 : of.value.count;
    if (options_.is_bulk) into.bytes += 64;
    return has_one_destination_ || take_destination(of, into, result);
}

void http_sink::take_facts() {
    topic_seen_ = {};
    facts_.assign(records_.size(), record_facts{});
    for (std::size_t index = 0; index < records_.size(); ++index) {
        facts_[index].left_out = !take_fact(records_[index], facts_[index], results_[index]);
        if (results_[index].status == WEIR_BAD_RECORD) ++counted_.refused;
    }
}

std::vector<request_past> http_sink::pasts_of_requests() {
    std::vector<request_past> out(plan_.requests().size());
    for (std::uint32_t request = 0; !pasts_.empty() && request < out.size(); ++request) {
        for (const auto record : plan_.records_of(request)) {
            const auto found = pasts_.find(hash_of_place(records_[record], hash_seed));
            if (found == pasts_.end()) continue;
            auto& past = out[request];
            if (past.since_ms < 0 || found->second.since_ms < past.since_ms) past = found->second;
        }
    }
    pasts_.clear();
    return out;
}

// ---- the course of one put() --------------------------------------------------------------------

sdk::outcome http_sink::put(std::span<const weir_record> records, std::span<weir_result> results) {
    reasons_.clear();
    if (records.empty()) return sdk::ok();
    records_ = records;
    results_ = results;
    ++serial_;
    take_facts();
    plan_.make(facts_, options_.limits);
    const auto pasts = pasts_of_requests();
    parked_.clear();
    token_of_.assign(plan_.requests().size(), 0);
    had_token_.assign(plan_.requests().size(), false);
    apply(begun{plan_.requests(), pasts, plan_.lanes()});
    run();
    publish();
    return sdk::ok();
}

void http_sink::run() {
    const auto began_ms = now_ms();
    progress_ms_ = began_ms;
    std::int64_t stopping_ms = INT64_MAX;  // since when nothing more is sent
    while (!dispatch_.is_settled()) {
        const auto now = now_ms();
        const bool is_over = now - progress_ms_ >= stalled_ms_max || now - began_ms >= put_ms_max;
        if (stopping_ms == INT64_MAX && (is_stopped_ || is_over)) {
            stopping_ms = now;
            apply(stopping{});
            judge_parked("waits for a token");
            continue;
        }
        // Names that are being resolved have no deadline of their own.
        const auto grace_ms = is_stopped_ ? stop_grace_ms : longest_request_ms();
        if (stopping_ms != INT64_MAX && now - stopping_ms >= grace_ms) {
            client_->abandon();
            token_.abandoned();
            apply(abandoned{});
            break;
        }
        if (!parked_.empty() && token_.wants_fetch(now)) fetch_token();
        auto wake_ms = std::min(dispatch_.wake_at_ms(), now + 1000);
        if (!parked_.empty()) wake_ms = std::min(wake_ms, token_.wake_at_ms());
        for (const auto& each : client_->wait(std::max<std::int64_t>(wake_ms - now, 0)))
            take_answer(each);
        apply(woken{});
    }
    // A token that is still asked for belongs to nobody now.
    if (uses_token()) token_.abandoned();
}

void http_sink::apply(const dispatch_event& event) {
    events_.push_back(event);
    while (!events_.empty()) {
        const auto next = std::move(events_.back());
        events_.pop_back();
        const auto effects = dispatch_.step(next, now_ms());
        // send() may find more to tell; that is applied after these.
        for (const auto& each : effects)
            carry_out(each);
    }
}

void http_sink::carry_out(const dispatch_effect& effect) {
    if (const auto* sent = std::get_if<send_request>(&effect)) {
        const bool needs_token = uses_token() && !token_.is_usable(now_ms());
        if (needs_token) {
            parked_.push_back(sent->request);
        } else {
            send(sent->request);
        }
        if (uses_token() && token_.wants_fetch(now_ms())) fetch_token();
        return;
    }
    settle(std::get<settle_request>(effect));
}

void http_sink::send(std::uint32_t request) {
    auto body = free_buffer();
    if (!build(request, *body)) {
        // Nothing is left of it: each of its records has a result.
        events_.emplace_back(judged{request, {}});
        return;
    }
    http::request out;
    out.id = serial_ << 32 | request;
    out.method = options_.is_bulk ? "POST" : options_.method;
    const auto& first = records_[plan_.records_of(request).front()];
    if (!find_target(first, out.to)) {
        events_.emplace_back(
            judged{request, {.what = fate::refused, .reason = "the URL cannot be made"}});
        return;
    }
    set_headers(request, out);
    if (options_.compresses) {
        auto packed = free_buffer();
        if (gzip(*body, *packed)) {
            body = packed;
            out.headers.emplace_back("Content-Encoding", "gzip");
        }
    }
    counted_.bytes += static_cast<double>(body->size());
    out.body = std::move(body);
    ++counted_.requests;
    token_of_[request] = token_.number();
    client_->start(std::move(out));
}

void http_sink::settle(const settle_request& what) {
    progress_ms_ = what.what == fate::again ? progress_ms_ : now_ms();
    const auto numbers = plan_.records_of(what.request);
    if (what.what == fate::done) {
        counted_.records += static_cast<double>(numbers.size());
        return;
    }
    auto text = what.reason;
    scrub(text, secrets_);
    const auto reason = keep_reason(std::move(text));
    for (const auto number : numbers) {
        if (what.what == fate::refused) {
            refuse(number, reason);
            continue;
        }
        results_[number] = {WEIR_RETRY, 0, sdk::text(reason)};
        if (what.past.since_ms >= 0) pasts_[hash_of_place(records_[number], hash_seed)] = what.past;
    }
}

void http_sink::take_answer(const answer& given) {
    if (given.id == token_id) return take_token_answer(given);
    const auto request = static_cast<std::uint32_t>(given.id);
    if (given.id >> 32 != (serial_ & 0xffffffffU) || request >= token_of_.size()) return;
    verdict how;
    if (options_.is_bulk) {
        std::vector<bulk_action> actions;
        for (const auto number : plan_.records_of(request)) {
            const bool is_delete = records_[number].value.kind == WEIR_NULL;
            const bool is_own_id = options_.bulk.has_id && !options_.bulk.id_is_key;
            const bool creates = options_.bulk.operation == bulk_operation::create;
            actions.push_back({is_delete, is_own_id && creates && !is_delete});
        }
        auto each = judge_bulk(given, actions, options_.retry, now_unix_ms());
        if (!each.items.empty()) take_items(request, each);
        how = std::move(each.whole);
    } else {
        how = judge(given, options_.retry, now_unix_ms());
    }
    if (uses_token() && given.status == 401) {
        token_.refused(token_of_[request]);
        if (!had_token_[request]) how.what = fate::again;
        how.at_once = !had_token_[request];
        had_token_[request] = true;
    }
    if (how.what == fate::again) {
        ++counted_.tries_again;
        warn(how.reason);
    }
    apply(judged{request, std::move(how)});
}

// Items that are done or refused leave the request. What comes after an item of the same key that
// is tried again is tried again with it: else the older one would win.
void http_sink::take_items(std::uint32_t request, bulk_verdict& how) {
    const auto numbers = plan_.records_of(request);
    std::vector<std::uint32_t> left;
    std::vector<std::uint64_t> held;
    for (std::size_t index = 0; index < numbers.size(); ++index) {
        const auto number = numbers[index];
        const auto order = options_.bulk.id_is_key ? facts_[number].order : 0;
        const bool is_behind = order != 0 && std::ranges::find(held, order) != held.end();
        const auto& item = how.items[index];
        if (item.what == fate::again || is_behind) {
            left.push_back(number);
            if (order != 0 && !is_behind) held.push_back(order);
        } else if (item.what == fate::refused) {
            auto text = item.reason;
            scrub(text, secrets_);
            refuse(number, keep_reason(std::move(text)));
        } else {
            ++counted_.records;
        }
    }
    progress_ms_ = left.size() < numbers.size() ? now_ms() : progress_ms_;
    plan_.keep(request, left);
}

void http_sink::fetch_token() {
    http::request out;
    out.id = token_id;
    out.method = "POST";
    out.to = options_.auth.token_url;
    out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    out.headers.emplace_back("Accept", "application/json");
    const auto credentials = token_request_credentials(options_.auth);
    if (!credentials.empty()) out.headers.emplace_back("Authorization", credentials);
    out.body = std::make_shared<const std::string>(token_request_body(options_.auth));
    token_.fetching();
    client_->start(std::move(out));
}

void http_sink::take_token_answer(const answer& given) {
    if (given.status / 100 == 2) {
        const auto reply = parse_token_reply(given.body);
        if (reply) {
            token_.fetched(*reply, now_ms());
            secrets_.resize(secrets_of(options_.auth).size());
            secrets_.push_back(reply->access_token);
            for (const auto request : std::exchange(parked_, {}))
                send(request);
            return apply(woken{});
        }
        token_.failed("token: " + reply.error(), options_.retry, now_ms());
    } else {
        token_.failed("token: " + reason_of(given), options_.retry, now_ms());
    }
    auto reason = token_.reason();
    scrub(reason, secrets_);
    warn(reason);
    judge_parked(reason);
}

void http_sink::judge_parked(const std::string& reason) {
    for (const auto request : std::exchange(parked_, {})) {
        verdict how;
        how.what = fate::again;
        how.reason = reason;
        apply(judged{request, how});
    }
}

// ---- parts of a request -------------------------------------------------------------------------

// Whether anything is left to send.
bool http_sink::build(std::uint32_t request, std::string& into) {
    const auto numbers = plan_.records_of(request);
    if (!options_.is_bulk) {
        build_body(records_, numbers, options_.body, into);
        return true;
    }
    into.clear();
    std::vector<std::uint32_t> left;
    for (const auto number : numbers) {
        const auto added = append_action(records_[number], options_.bulk, into);
        if (added) {
            left.push_back(number);
        } else {
            refuse(number, keep_reason(added.error()));
        }
    }
    if (left.size() < numbers.size()) plan_.keep(request, left);
    return !left.empty();
}

std::shared_ptr<std::string> http_sink::free_buffer() {
    for (const auto& each : buffers_) {
        if (each.use_count() == 1) return each;
    }
    buffers_.push_back(std::make_shared<std::string>());
    return buffers_.back();
}

bool http_sink::find_target(const weir_record& of, url& into) const {
    into = options_.fixed_target;
    if (options_.target.is_constant()) return true;
    std::string text;
    const auto expanded = options_.target.expand(of, escape::url, text);
    auto parsed = parse_url(text);
    if (!expanded || !parsed) return false;
    into = options_.is_bulk ? bulk_target(std::move(*parsed)) : std::move(*parsed);
    return true;
}

void http_sink::set_headers(std::uint32_t request, http::request& into) {
    const auto numbers = plan_.records_of(request);
    into.headers.emplace_back("Content-Type", options_.content_type);
    if (!options_.idempotency_header.empty() && !options_.is_bulk)
        into.headers.emplace_back(options_.idempotency_header, idempotency_key(records_, numbers));
    if (uses_token()) {
        into.headers.emplace_back("Authorization", "Bearer " + token_.token());
    } else if (!authorization_.empty()) {
        into.headers.emplace_back("Authorization", authorization_);
    }
    for (const auto& [name, value] : options_.headers) {
        std::string text;
        if (value.expand(records_[numbers.front()], escape::header, text))
            into.headers.emplace_back(name, std::move(text));
    }
}

// ---- results ------------------------------------------------------------------------------------

void http_sink::refuse(std::uint32_t record, std::string_view reason) {
    results_[record] = {WEIR_BAD_RECORD, 0, sdk::text(reason)};
    ++counted_.refused;
}

std::string_view http_sink::keep_reason(std::string reason) {
    reasons_.push_back(std::move(reason));
    return reasons_.back();
}

void http_sink::warn(const std::string& reason) {
    if (warned_ms_ != INT64_MIN && now_ms() - warned_ms_ < warn_every_ms) return;
    warned_ms_ = now_ms();
    auto text = reason;
    scrub(text, secrets_);
    host_.warn("tried again: " + text);
}

void http_sink::publish() {
    host_.counter("weir_http_sink_requests_total", "Requests sent.", counted_.requests);
    host_.counter("weir_http_sink_request_bytes_total", "Bytes of their bodies.", counted_.bytes);
    host_.counter("weir_http_sink_records_total", "Records that servers took.", counted_.records);
    host_.counter("weir_http_sink_refused_records_total", "Records that were refused.",
                  counted_.refused);
    host_.counter("weir_http_sink_tries_again_total", "Requests that had to be tried again.",
                  counted_.tries_again);
}

}  // namespace weir::connectors::http
