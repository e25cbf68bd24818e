// libcurl for Swift.
//
// Every function below is here for one reason: Swift does not import variadic C functions, and
// libcurl sets and reads everything through four of them. Each shim fixes the type of the third
// argument, which the C compiler could not check in a variadic call either.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>
// The event loop around a multi handle needs epoll, which Swift's Glibc module leaves out.
#include <sys/epoll.h>

// For options of the kind CURLOPTTYPE_LONG.
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

// For CURLOPTTYPE_STRINGPOINT (libcurl copies the text), _OBJECTPOINT and _CBPOINT (it does not).
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return (curl_easy_setopt)(handle, option, value);
}

// For CURLOPTTYPE_SLISTPOINT: the list must outlive its use.
static inline CURLcode ccurl_set_list(
    CURL *handle, CURLoption option, struct curl_slist *value
) {
    return (curl_easy_setopt)(handle, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION; NULL restores the default.
static inline CURLcode ccurl_set_write_function(
    CURL *handle, CURLoption option, curl_write_callback function
) {
    return (curl_easy_setopt)(handle, option, function);
}

// For CURLOPT_XFERINFOFUNCTION.
static inline CURLcode ccurl_set_progress_function(
    CURL *handle, curl_xferinfo_callback function
) {
    return (curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, function);
}

// For CURLOPT_SOCKOPTFUNCTION.
static inline CURLcode ccurl_set_open_function(CURL *handle, curl_sockopt_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_SOCKOPTFUNCTION, function);
}

// For CURLOPT_CLOSESOCKETFUNCTION.
static inline CURLcode ccurl_set_close_function(
    CURL *handle, curl_closesocket_callback function
) {
    return (curl_easy_setopt)(handle, CURLOPT_CLOSESOCKETFUNCTION, function);
}

// For CURLOPT_OPENSOCKETFUNCTION.
static inline CURLcode ccurl_set_socket_function(CURL *handle, curl_opensocket_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, function);
}

// For CURLOPT_SSL_CTX_FUNCTION.
static inline CURLcode ccurl_set_tls_function(CURL *handle, curl_ssl_ctx_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_SSL_CTX_FUNCTION, function);
}

// For CURLSHOPT_SHARE.
static inline CURLSHcode ccurl_share(CURLSH *share, curl_lock_data what) {
    return (curl_share_setopt)(share, CURLSHOPT_SHARE, what);
}

// For values of the kind CURLINFO_LONG.
static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

// For values of the kind CURLINFO_OFF_T.
static inline CURLcode ccurl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

// For CURLINFO_ACTIVESOCKET.
static inline CURLcode ccurl_get_socket(CURL *handle, curl_socket_t *value) {
    return (curl_easy_getinfo)(handle, CURLINFO_ACTIVESOCKET, value);
}

// For CURLINFO_STRING: the text is libcurl's and lives until the next transfer of the handle.
static inline CURLcode ccurl_get_text(CURL *handle, CURLINFO info, const char **value) {
    return (curl_easy_getinfo)(handle, info, value);
}

// For CURLINFO_CERTINFO: the chain is libcurl's and lives until the next transfer of the handle.
static inline CURLcode ccurl_get_certificates(CURL *handle, struct curl_certinfo **value) {
    return (curl_easy_getinfo)(handle, CURLINFO_CERTINFO, value);
}

// For CURLINFO_PRIVATE: the pointer that CURLOPT_PRIVATE was given.
static inline CURLcode ccurl_get_private(CURL *handle, void **value) {
    return (curl_easy_getinfo)(handle, CURLINFO_PRIVATE, value);
}

// For multi options of the kind CURLOPTTYPE_LONG.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

// For CURLMOPT_SOCKETDATA and CURLMOPT_TIMERDATA.
static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return (curl_multi_setopt)(multi, option, value);
}

// For CURLMOPT_SOCKETFUNCTION.
static inline CURLMcode ccurl_multi_set_socket_function(
    CURLM *multi, curl_socket_callback function
) {
    return (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, function);
}

// For CURLMOPT_TIMERFUNCTION.
static inline CURLMcode ccurl_multi_set_timer_function(
    CURLM *multi, curl_multi_timer_callback function
) {
    return (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, function);
}

// The result inside of a CURLMsg: Swift imports no anonymous union members by name.
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
