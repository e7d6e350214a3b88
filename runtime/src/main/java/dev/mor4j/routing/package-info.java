/** Router scores to decisions: which rows take the next recursion step, with which gates. */
package dev.mor4j.routing;
