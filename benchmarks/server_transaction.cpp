// server_transaction      one message of 4 KiB through a server session in memory: MAIL with SIZE
//                         and BODY, RCPT and DATA in one group, then the content
//
// An item is a transaction. The client's octets are a constant. `allocations` is for each.

#include <benchmark/benchmark.h>

#include "support/transactions.hpp"

namespace {

void server_transaction(benchmark::State& state) {
    bench::transactions<bench::server_work>(state);
}
BENCHMARK(server_transaction);

}  // namespace
