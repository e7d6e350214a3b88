/** The depth-aware KV cache: at each recursion step, only the tokens that took it. */
package dev.mor4j.kvcache;
