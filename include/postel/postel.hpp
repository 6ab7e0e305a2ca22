#pragma once

// Both roles. A program that has one of them includes server.hpp or client.hpp; one that only reads
// or writes what is on the wire includes command.hpp, reply.hpp, path.hpp ... by themselves.

#include <postel/client.hpp>
#include <postel/server.hpp>
#include <postel/version.hpp>
