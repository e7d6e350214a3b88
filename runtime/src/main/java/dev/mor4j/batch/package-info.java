/** Who runs in the next batch. */
package dev.mor4j.batch;
