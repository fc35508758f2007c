/* A compiler of Windows that is one of Linux: tells the server on this machine (server.py) how it was called and where,
   and ends as the program of the same name ended there. Its name decides: gcc.exe, g++.exe, ar.exe. */

#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

static void send_text(SOCKET server, const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL); /* with the zero at its end */
    char *bytes = malloc(size);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, size, NULL, NULL);
    for (int sent = 0; sent < size;) {
        int more = send(server, bytes + sent, size - sent, 0);
        if (more <= 0) exit(1);
        sent += more;
    }
    free(bytes);
}

int wmain(int count, wchar_t **words)
{
    static wchar_t path[32768];
    static char bytes[65536];
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *port = getenv("COMPILERS_PORT");
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
    SOCKET server = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((unsigned short)atoi(port ? port : "5960"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "nobody serves compilers\n");
        return 1;
    }
    GetCurrentDirectoryW(32768, path);
    send_text(server, path);
    GetModuleFileNameW(NULL, path, 32768);
    send_text(server, path);
    for (int at = 1; at < count; at++) send_text(server, words[at]);
    send(server, "\1", 2, 0); /* the last word, which no command line has */
    int code = -1, size;
    while ((size = recv(server, bytes, sizeof bytes, 0)) > 0) {
        if (code < 0) { /* the first byte is the exit code, the others are what was said */
            code = (unsigned char)bytes[0];
            fwrite(bytes + 1, 1, size - 1, stderr);
        } else {
            fwrite(bytes, 1, size, stderr);
        }
    }
    return code < 0 ? 1 : code;
}
