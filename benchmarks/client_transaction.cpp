// client_transaction      one message of 4 KiB through a client session in memory: MAIL with SIZE
//                         and BODY, RCPT and DATA in one group, then the content
//
// An item is a transaction. The server's octets are a constant. `allocations` is for each.

#include <benchmark/benchmark.h>

#include "support/transactions.hpp"

namespace {

void client_transaction(benchmark::State& state) {
    bench::transactions<bench::client_work>(state);
}
BENCHMARK(client_transaction);

}  // namespace
