//! `procura_fuzz::envelope` on whatever the fuzzer thinks of.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| procura_fuzz::envelope(bytes));
