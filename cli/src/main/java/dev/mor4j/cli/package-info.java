/** The mor command: parse, call one method, print. */
package dev.mor4j.cli;
