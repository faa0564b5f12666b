//! `procura_fuzz::frame` on whatever the fuzzer thinks of.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| procura_fuzz::frame(bytes));
