#include <optional>
#include <postel/proxy_protocol.hpp>
#include <postel/proxy_writer.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"

// PROXY headers of both versions.

namespace {

using namespace postel;
using fuzz::require;

// A header as it can be kept and compared.
struct noted {
    std::uint8_t version = 0;
    bool local = false;
    proxy_transport transport{};
    std::array<proxy_address::kind, 2> types{};
    std::array<ipv6_address, 2> addresses{};
    std::array<std::uint16_t, 2> ports{};
    std::array<std::string, 2> paths{};
    std::string tlvs;  // without checksums

    friend bool operator==(noted const&, noted const&) = default;
};

struct answer {
    std::optional<noted> header;
    std::size_t consumed = 0;  // up to the end, or the fault
    error fault = error::none;

    friend bool operator==(answer const&, answer const&) = default;
};

noted note(proxy_header const& header) {
    noted all{header.version, header.local, header.transport, {}, {}, {}, {}, {}};
    proxy_address const* const ends[] = {&header.source, &header.destination};
    for (std::size_t i = 0; i < 2; ++i) {
        all.types[i] = ends[i]->type;
        all.addresses[i] = ends[i]->octets;
        all.ports[i] = ends[i]->port;
        all.paths[i] = ends[i]->path;
        (void)ends[i]->literal();
    }
    for (auto const each : header.tlvs)
        if (each.type != proxy_tlv_type::crc32c)
            (void)write_proxy_tlv(all.tlvs, each.type, each.value);
    return all;
}

void check_tls(proxy_header const& header) {
    auto const said = header.tls();
    if (!said) return;
    std::string written;
    require(write_proxy_tls(written, *said).ok(), "what was read is not too long");
    proxy_header again;
    again.tlvs = proxy_tlvs{written};
    require(again.tls() == said, "what is said about TLS is read as it was written");
}

answer read(test::pieces const& cut, std::size_t longest) {
    proxy_reader reader{longest};
    answer all;
    for (auto const piece : cut) {
        fuzz::exactly const memory{piece};
        auto const step = reader.next(memory.view());
        require(reader.heap_octets() <= std::max<std::size_t>(longest, 107), "memory is bounded");
        if (!step) {
            all.fault = step.fault().code;
            all.consumed += step.fault().at;
            require(reader.next({}).fault().code == all.fault, "it is told again");
            return all;
        }
        all.consumed += step->consumed;
        if (!step->complete) {
            require(step->consumed == piece.size(), "all octets are used");
            continue;
        }
        all.header = note(step->header);
        check_tls(step->header);
        return all;
    }
    return all;
}

proxy_header header_of(noted const& what) {
    proxy_header header;
    header.version = what.version;
    header.local = what.local;
    header.transport = what.transport;
    header.source = {what.types[0], what.addresses[0], what.ports[0], what.paths[0]};
    header.destination = {what.types[1], what.addresses[1], what.ports[1], what.paths[1]};
    header.tlvs = proxy_tlvs{what.tlvs};
    return header;
}

// Both versions say the same again, as far as each can.
void check_written(noted const& what) {
    for (auto const sum : {proxy_checksum::none, proxy_checksum::crc32c}) {
        std::string wire;
        if (!write_proxy_v2(wire, header_of(what), sum)) continue;
        auto const again = read({wire}, 70000);
        require(again.header && again.consumed == wire.size(), "version 2 can be read");
        require(again.header->local == what.local, "LOCAL stays LOCAL");
        auto expected = what;
        expected.version = 2;
        if (header_of(what).has_addresses() && !what.local)
            require(*again.header == expected, "version 2 says the same again");
    }
    std::string line;
    write_proxy_v1(line, header_of(what));
    auto const again = read({line}, 107);
    require(again.header && again.consumed == line.size(), "version 1 can be read");
    if (again.header->types[0] == proxy_address::kind::none) return;
    require(again.header->types == what.types && again.header->addresses == what.addresses &&
                again.header->ports == what.ports,
            "version 1 says the same again");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 2};
    std::size_t const longest = how.below(4) == 0 ? 200 : 4096;
    auto const wire = how.rest();
    auto const seed = 1 + how.below(256);
    auto const found = same_for_cuts(wire, seed, [&](auto const& c) { return read(c, longest); });
    if (found.header) check_written(*found.header);
}
