#pragma once

#include <cstddef>
#include <cstdint>

namespace postel {

/// Sizes and counts that RFC 5321 4.5.3.1 obliges everyone to handle; lines with their CR LF.
namespace minimum {
inline constexpr std::size_t local_part = 64;      ///< 4.5.3.1.1
inline constexpr std::size_t domain = 255;         ///< 4.5.3.1.2
inline constexpr std::size_t path = 256;           ///< 4.5.3.1.3, with "<", ">" and a route
inline constexpr std::size_t command_line = 512;   ///< 4.5.3.1.4, before extensions add to it
inline constexpr std::size_t reply_line = 512;     ///< 4.5.3.1.5
inline constexpr std::size_t text_line = 1000;     ///< 4.5.3.1.6, a stuffed dot not counted
inline constexpr std::size_t message = 64 * 1024;  ///< 4.5.3.1.7
inline constexpr std::uint32_t recipients = 100;   ///< 4.5.3.1.8
inline constexpr std::size_t authentication_line = 12288;  ///< RFC 4954 4
}  // namespace minimum

/// Octets of a command line, CR LF included, that are held until its verb is known and with it the
/// limit: 512 and what extensions add, 2258 at most. Above this a line is skipped unread.
inline constexpr std::size_t longest_command_line = 4096;

/// What a server grants a client. Every one bounds memory or work that the peer could cause.
/// Errors, idle commands and failures are counted up to 65535: a limit from there on is none.
struct server_limits {
    std::uint32_t recipients = 1000;    ///< accepted in one transaction; then 452 4.5.3
    std::uint32_t errors = 20;          ///< refused commands in a session; then 421 4.7.0
    std::uint32_t idle_commands = 100;  ///< in a row that bring no mail on, among them every RCPT
                                        ///< that is refused for good; then 421   RFC 5321 7.8
    std::uint32_t pending_output = 16384;       ///< octets not yet sent at which next() pauses
    std::uint32_t authentication_failures = 5;  ///< in a session; then 421. RFC 4954 9: 3 or more
    /// Octets of a line after DATA, CR LF included: 1000 at least, or 0 for no limit.  4.5.3.1.6
    std::uint16_t text_line = 0;
};

/// What a client takes from a server before it calls the reply endless.
struct client_limits {
    std::uint32_t reply_line = 2048;       ///< octets, CR LF included; RFC 5321 demands 512
    std::uint32_t reply_octets = 65536;    ///< all lines of one reply together
    std::uint32_t reply_lines = 512;       ///< lines of one reply
    std::uint32_t pending_output = 65536;  ///< octets of content encoded ahead of the transport
};

}  // namespace postel
