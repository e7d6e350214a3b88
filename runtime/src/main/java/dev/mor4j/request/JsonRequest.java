package dev.mor4j.request;

import java.util.Optional;

/**
 * One JSON object, read.
 *
 * @param prompt the text to continue
 * @param id the caller's name for the request
 * @param settings everything else that the request asks for
 */
public record JsonRequest(String prompt, Optional<RequestId> id, RequestSettings settings) {}
