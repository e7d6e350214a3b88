/**
 * Requests as people write them: settings by name, from flags or JSON. Command lines and servers
 * read them here into {@link dev.mor4j.engine.GenerationRequest}.
 */
package dev.mor4j.request;
