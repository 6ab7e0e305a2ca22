#pragma once

// SCRAM-SHA-1, SCRAM-SHA-256 and their -PLUS forms. Both sides prove that they know the password
// and neither shows it; -PLUS also proves that both talk over the same TLS connection.
//                                                                       RFC 5802, RFC 7677

#include <postel/sasl/scram_client.hpp>
#include <postel/sasl/scram_server.hpp>
