// http_sink: the task: what put() is given goes to a server, and comes back as a result for each
// record. The decisions are in the pure parts (batch_plan, dispatch, judge); this is their driver.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/dispatch.hpp"
#include "connectors/http/judge.hpp"
#include "connectors/http/sink_options.hpp"

namespace weir::connectors::http {

class http_sink : public sdk::sink {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& given,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task);
    static void check(const sdk::settings& given, bool reach, sdk::problems& found);

    http_sink(const sdk::host& host, sink_options options, std::unique_ptr<client> over);

    // Ends when each record has its result; those that a server would not take for long come back
    // as WEIR_RETRY so that the host can go on with its own duties.
    sdk::outcome put(std::span<const weir_record> records, std::span<weir_result> results) override;
    void request_stop() override;

  private:
    struct counters {
        double requests = 0;
        double records = 0;
        double refused = 0;
        double tries_again = 0;
        double bytes = 0;
    };

    // From records to requests.
    void take_facts();
    bool take_fact(const weir_record& of, record_facts& into, weir_result& result);
    bool take_destination(const weir_record& of, record_facts& into, weir_result& result);
    std::uint64_t order_of(const weir_record& of);
    std::vector<request_past> pasts_of_requests();

    // The course of one put().
    void run();
    void apply(const dispatch_event& event);
    void carry_out(const dispatch_effect& effect);
    void send(std::uint32_t request);
    void settle(const settle_request& what);
    void take_answer(const answer& given);
    void take_token_answer(const answer& given);
    void take_items(std::uint32_t request, bulk_verdict& how);
    void judge_parked(const std::string& reason);
    void fetch_token();

    // Parts of a request.
    bool build(std::uint32_t request, std::string& into);
    std::shared_ptr<std::string> free_buffer();
    void set_headers(std::uint32_t request, http::request& into);
    bool find_target(const weir_record& of, url& into) const;

    void refuse(std::uint32_t record, std::string_view reason);
    std::string_view keep_reason(std::string reason);
    void warn(const std::string& reason);
    void publish();
    std::int64_t longest_request_ms() const {
        return options_.client.connect_ms + options_.client.request_ms + 1000;
    }
    bool uses_token() const { return options_.auth.kind == auth_kind::oauth2; }

    sdk::host host_;
    sink_options options_;
    std::unique_ptr<client> client_;
    dispatch dispatch_;
    batch_plan plan_;
    token_cache token_;
    std::vector<std::string> secrets_;
    std::string authorization_;
    bool has_one_destination_;  // whatever the record is
    std::atomic<bool> is_stopped_ = false;

    // Of the put() under way.
    std::span<const weir_record> records_;
    std::span<weir_result> results_;
    std::vector<record_facts> facts_;
    std::vector<dispatch_event> events_;   // to be applied, the last one first
    std::vector<std::uint32_t> parked_;    // wait for a token
    std::vector<std::uint64_t> token_of_;  // by request: the number of the token it was sent with
    std::vector<bool> had_token_;          // by request: it was renewed for it
    std::deque<std::string> reasons_;
    std::uint64_t serial_ = 0;  // of the put()
    std::int64_t progress_ms_ = 0;

    std::unordered_map<std::uint64_t, request_past> pasts_;  // by the place of a record
    std::vector<std::shared_ptr<std::string>> buffers_;
    std::string scratch_;
    std::string_view topic_seen_;
    std::uint64_t topic_hash_ = 0;
    counters counted_;
    std::int64_t warned_ms_ = INT64_MIN;
};

}  // namespace weir::connectors::http
