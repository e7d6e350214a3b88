/**
 * Files that a command reads and writes: what a path names, and how it is read or replaced safely.
 */
package dev.mor4j.files;
