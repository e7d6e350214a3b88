/**
 * The K/V cache: slots for the keys and values of each token at each recursion step that it took.
 */
package dev.mor4j.kvcache;
