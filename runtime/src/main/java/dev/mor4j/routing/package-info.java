/**
 * Routing: router logits become router scores, and scores become decisions, that is, which rows
 * take the next recursion step and with which gates.
 */
package dev.mor4j.routing;
