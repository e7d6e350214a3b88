/** Finds, verifies and loads the shared libraries of this platform. */
package dev.mor4j.natives;
