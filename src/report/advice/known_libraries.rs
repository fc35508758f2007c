//! The libraries that CFFI projects are most often built against, and what installs them.
//!
//! A table to be read and corrected by hand. Within a column words are separated by spaces; a
//! header that ends in `/` stands for all in that folder; `-` is nothing.

use crate::report::advice::install::Packages;

/// One library, or one family that a single package installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLibrary {
    /// How people call it.
    pub name: &'static str,
    headers: &'static str,
    libraries: &'static str,
    pkg_config: &'static str,
    symbols: &'static str,
    /// What installs it.
    pub packages: Packages,
}

impl KnownLibrary {
    /// The names that `-l` takes.
    pub fn libraries(&self) -> impl Iterator<Item = &'static str> {
        self.libraries.split_whitespace()
    }

    /// The headers that programs include; one that ends in `/` stands for all in that folder.
    pub fn headers(&self) -> impl Iterator<Item = &'static str> {
        self.headers.split_whitespace()
    }

    /// The names that pkg-config takes.
    pub fn packages_of_pkg_config(&self) -> impl Iterator<Item = &'static str> {
        self.pkg_config.split_whitespace()
    }
}

/// The library that a header, as written in `#include`, belongs to.
pub fn by_header(header: &str) -> Option<&'static KnownLibrary> {
    let is_it = |pattern: &str| {
        header == pattern || (pattern.ends_with('/') && header.starts_with(pattern))
    };
    KNOWN.iter().find(|known| known.headers.split_whitespace().any(is_it))
}

/// The library that `-l<name>` links.
pub fn by_library(name: &str) -> Option<&'static KnownLibrary> {
    KNOWN.iter().find(|known| known.libraries().any(|library| library == name))
}

/// The library that a pkg-config package describes.
pub fn by_pkg_config(package: &str) -> Option<&'static KnownLibrary> {
    KNOWN.iter().find(|known| known.pkg_config.split_whitespace().any(|name| name == package))
}

/// The library that a function belongs to, where its name says so for certain.
pub fn by_symbol(symbol: &str) -> Option<&'static KnownLibrary> {
    let starts = |prefix: &str| symbol.starts_with(prefix);
    KNOWN.iter().find(|known| known.symbols.split_whitespace().any(starts))
}

const fn row(columns: [&'static str; 8]) -> KnownLibrary {
    let [name, headers, libraries, pkg_config, symbols, debian, fedora, homebrew] = columns;
    KnownLibrary {
        name,
        headers: or_empty(headers),
        libraries: or_empty(libraries),
        pkg_config: or_empty(pkg_config),
        symbols: or_empty(symbols),
        packages: Packages { debian, fedora, homebrew: or_none(homebrew) },
    }
}

const fn or_empty(cell: &'static str) -> &'static str {
    match cell.as_bytes() {
        b"-" => "",
        _ => cell,
    }
}

const fn or_none(cell: &'static str) -> Option<&'static str> {
    match cell.as_bytes() {
        b"-" => None,
        _ => Some(cell),
    }
}

// name, headers, -l names, pkg-config names, prefixes of functions, Debian, Fedora, Homebrew
#[rustfmt::skip]
const KNOWN: &[KnownLibrary] = &[
    // Foundations
    row(["libffi", "ffi.h ffitarget.h", "ffi", "libffi", "ffi_prep_cif", "libffi-dev", "libffi-devel", "libffi"]),
    row(["GLib", "glib.h glib/ glib-object.h gio/ gobject/ gmodule.h", "glib-2.0 gobject-2.0 gio-2.0 gmodule-2.0 gthread-2.0", "glib-2.0 gobject-2.0 gio-2.0 gmodule-2.0 gthread-2.0 gio-unix-2.0", "-", "libglib2.0-dev", "glib2-devel", "glib"]),
    row(["GObject Introspection", "girepository.h girffi.h", "girepository-1.0", "gobject-introspection-1.0", "g_irepository_", "libgirepository1.0-dev", "gobject-introspection-devel", "gobject-introspection"]),
    row(["D-Bus", "dbus/", "dbus-1", "dbus-1", "dbus_connection_ dbus_message_", "libdbus-1-dev", "dbus-devel", "dbus"]),
    row(["libunwind", "libunwind.h", "unwind unwind-x86_64", "libunwind", "-", "libunwind-dev", "libunwind-devel", "-"]),
    row(["ncurses", "ncurses.h curses.h term.h panel.h menu.h", "ncurses ncursesw tinfo panel menu form panelw menuw formw", "ncurses ncursesw tinfo", "-", "libncurses-dev", "ncurses-devel", "ncurses"]),
    row(["Readline", "readline/", "readline history", "readline", "rl_initialize rl_callback_", "libreadline-dev", "readline-devel", "readline"]),
    row(["libedit", "histedit.h editline/", "edit", "libedit", "-", "libedit-dev", "libedit-devel", "libedit"]),
    row(["Tcl", "tcl.h", "tcl8.6 tcl", "tcl", "Tcl_CreateInterp Tcl_Eval", "tcl-dev", "tcl-devel", "tcl-tk"]),
    row(["Tk", "tk.h", "tk8.6 tk", "tk", "Tk_Init Tk_MainLoop", "tk-dev", "tk-devel", "tcl-tk"]),

    // Compression and archives
    row(["zlib", "zlib.h zconf.h", "z", "zlib", "zlibVersion zlibCompileFlags deflateInit deflateEnd inflateInit inflateEnd", "zlib1g-dev", "zlib-devel", "zlib"]),
    row(["bzip2", "bzlib.h", "bz2", "bzip2", "BZ2_", "libbz2-dev", "bzip2-devel", "bzip2"]),
    row(["XZ Utils", "lzma.h lzma/", "lzma", "liblzma", "lzma_", "liblzma-dev", "xz-devel", "xz"]),
    row(["Zstandard", "zstd.h zdict.h", "zstd", "libzstd", "ZSTD_", "libzstd-dev", "libzstd-devel", "zstd"]),
    row(["LZ4", "lz4.h lz4frame.h lz4hc.h", "lz4", "liblz4", "LZ4_ LZ4F_", "liblz4-dev", "lz4-devel", "lz4"]),
    row(["Snappy", "snappy.h snappy-c.h", "snappy", "snappy", "snappy_compress snappy_uncompress", "libsnappy-dev", "snappy-devel", "snappy"]),
    row(["Brotli", "brotli/", "brotlidec brotlienc brotlicommon", "libbrotlidec libbrotlienc libbrotlicommon", "BrotliDecoder BrotliEncoder", "libbrotli-dev", "brotli-devel", "brotli"]),
    row(["libarchive", "archive.h archive_entry.h", "archive", "libarchive", "archive_read_ archive_write_ archive_entry_", "libarchive-dev", "libarchive-devel", "libarchive"]),
    row(["xxHash", "xxhash.h xxh3.h", "xxhash", "libxxhash", "XXH32 XXH64 XXH3_ XXH128", "libxxhash-dev", "xxhash-devel", "xxhash"]),

    // Cryptography
    row(["OpenSSL", "openssl/", "crypto ssl", "openssl libssl libcrypto", "-", "libssl-dev", "openssl-devel", "openssl@3"]),
    row(["libsodium", "sodium.h sodium/", "sodium", "libsodium", "sodium_ crypto_secretbox_ crypto_sign_ crypto_box_ crypto_pwhash_", "libsodium-dev", "libsodium-devel", "libsodium"]),
    row(["libsecp256k1", "secp256k1.h secp256k1_recovery.h secp256k1_ecdh.h", "secp256k1", "libsecp256k1", "secp256k1_", "libsecp256k1-dev", "libsecp256k1-devel", "secp256k1"]),
    row(["Argon2", "argon2.h", "argon2", "libargon2", "argon2_ argon2i_ argon2d_ argon2id_", "libargon2-dev", "libargon2-devel", "argon2"]),
    row(["libgcrypt", "gcrypt.h", "gcrypt", "libgcrypt", "gcry_", "libgcrypt20-dev", "libgcrypt-devel", "libgcrypt"]),
    row(["GnuTLS", "gnutls/", "gnutls", "gnutls", "gnutls_", "libgnutls28-dev", "gnutls-devel", "gnutls"]),
    row(["GPGME", "gpgme.h", "gpgme", "gpgme", "gpgme_", "libgpgme-dev", "gpgme-devel", "gpgme"]),
    row(["libsrtp", "srtp2/", "srtp2", "libsrtp2", "srtp_init srtp_protect srtp_unprotect", "libsrtp2-dev", "libsrtp-devel", "srtp"]),

    // Networks and event loops
    row(["curl", "curl/", "curl curl-gnutls", "libcurl", "curl_easy_ curl_multi_ curl_global_", "libcurl4-openssl-dev", "libcurl-devel", "curl"]),
    row(["libssh2", "libssh2.h libssh2_sftp.h", "ssh2", "libssh2", "libssh2_", "libssh2-1-dev", "libssh2-devel", "libssh2"]),
    row(["libssh", "libssh/", "ssh", "libssh", "ssh_channel_", "libssh-dev", "libssh-devel", "libssh"]),
    row(["libgit2", "git2.h git2/", "git2", "libgit2", "git_libgit2_ git_repository_ git_reference_", "libgit2-dev", "libgit2-devel", "libgit2"]),
    row(["ZeroMQ", "zmq.h zmq_utils.h", "zmq", "libzmq", "zmq_ctx_ zmq_msg_ zmq_socket", "libzmq3-dev", "zeromq-devel", "zeromq"]),
    row(["nanomsg", "nanomsg/", "nanomsg", "nanomsg libnanomsg", "nn_socket nn_bind", "libnanomsg-dev", "nanomsg-devel", "nanomsg"]),
    row(["libev", "ev.h", "ev", "-", "ev_default_loop ev_loop_ ev_run", "libev-dev", "libev-devel", "libev"]),
    row(["libuv", "uv.h uv/", "uv", "libuv", "uv_loop_ uv_run uv_tcp_ uv_timer_", "libuv1-dev", "libuv-devel", "libuv"]),
    row(["libevent", "event.h event2/", "event event_core event_extra event_pthreads event_openssl", "libevent libevent_core libevent_extra libevent_pthreads libevent_openssl", "event_base_ evbuffer_ bufferevent_", "libevent-dev", "libevent-devel", "libevent"]),
    row(["c-ares", "ares.h", "cares", "libcares", "ares_library_ ares_init", "libc-ares-dev", "c-ares-devel", "c-ares"]),
    row(["nghttp2", "nghttp2/", "nghttp2", "libnghttp2", "nghttp2_", "libnghttp2-dev", "libnghttp2-devel", "libnghttp2"]),
    row(["libpcap", "pcap.h pcap/", "pcap", "libpcap", "pcap_", "libpcap-dev", "libpcap-devel", "libpcap"]),
    row(["libnl", "netlink/", "nl-3 nl-route-3 nl-genl-3", "libnl-3.0", "nl_socket_ nl_cache_", "libnl-3-dev", "libnl3-devel", "-"]),
    row(["libnl-route", "-", "-", "libnl-route-3.0", "rtnl_link_", "libnl-route-3-dev", "libnl3-devel", "-"]),
    row(["libnl-genl", "-", "-", "libnl-genl-3.0", "genl_connect genl_ctrl_", "libnl-genl-3-dev", "libnl3-devel", "-"]),
    row(["OpenLDAP", "ldap.h lber.h", "ldap lber ldap_r", "ldap lber", "ldap_initialize ldap_simple_ ldap_sasl_", "libldap-dev", "openldap-devel", "openldap"]),
    row(["Cyrus SASL", "sasl/", "sasl2", "libsasl2", "sasl_", "libsasl2-dev", "cyrus-sasl-devel", "-"]),
    row(["Kerberos", "krb5.h krb5/ gssapi.h gssapi/", "krb5 gssapi_krb5 k5crypto com_err", "krb5 krb5-gssapi mit-krb5 mit-krb5-gssapi", "krb5_", "libkrb5-dev", "krb5-devel", "krb5"]),

    // Databases and data formats
    row(["SQLite", "sqlite3.h sqlite3ext.h", "sqlite3", "sqlite3", "sqlite3_", "libsqlite3-dev", "sqlite-devel", "sqlite"]),
    row(["libpq", "libpq-fe.h libpq/ postgresql/", "pq", "libpq", "PQconnect PQexec PQclear PQfinish", "libpq-dev", "libpq-devel", "libpq"]),
    row(["MariaDB Connector/C", "mysql.h mysql/ mariadb/", "mysqlclient mariadb mariadbclient", "libmariadb mysqlclient mariadb", "mysql_", "libmariadb-dev", "mariadb-connector-c-devel", "mariadb-connector-c"]),
    row(["unixODBC", "sql.h sqlext.h sqltypes.h", "odbc odbcinst", "odbc odbcinst", "-", "unixodbc-dev", "unixODBC-devel", "unixodbc"]),
    row(["hiredis", "hiredis/", "hiredis", "hiredis", "redisCommand redisConnect redisAsync", "libhiredis-dev", "hiredis-devel", "hiredis"]),
    row(["LevelDB", "leveldb/", "leveldb", "leveldb", "leveldb_", "libleveldb-dev", "leveldb-devel", "leveldb"]),
    row(["RocksDB", "rocksdb/", "rocksdb", "rocksdb", "rocksdb_", "librocksdb-dev", "rocksdb-devel", "rocksdb"]),
    row(["LMDB", "lmdb.h", "lmdb", "lmdb", "mdb_env_ mdb_txn_", "liblmdb-dev", "lmdb-devel", "lmdb"]),
    row(["HDF5", "hdf5.h hdf5/", "hdf5 hdf5_hl hdf5_serial", "hdf5 hdf5-serial", "H5Fopen H5Dread", "libhdf5-dev", "hdf5-devel", "hdf5"]),
    row(["libxml2", "libxml/ libxml2/", "xml2", "libxml-2.0", "xmlParse xmlDoc", "libxml2-dev", "libxml2-devel", "libxml2"]),
    row(["libxslt", "libxslt/ libexslt/", "xslt exslt", "libxslt libexslt", "xsltParse xsltApply", "libxslt1-dev", "libxslt-devel", "libxslt"]),
    row(["Expat", "expat.h", "expat", "expat", "XML_Parser", "libexpat1-dev", "expat-devel", "expat"]),
    row(["LibYAML", "yaml.h", "yaml", "yaml-0.1", "yaml_parser_ yaml_emitter_", "libyaml-dev", "libyaml-devel", "libyaml"]),
    row(["Jansson", "jansson.h", "jansson", "jansson", "json_loads json_dumps", "libjansson-dev", "jansson-devel", "jansson"]),
    row(["protobuf-c", "protobuf-c/", "protobuf-c", "libprotobuf-c", "protobuf_c_", "libprotobuf-c-dev", "protobuf-c-devel", "protobuf-c"]),
    row(["Oniguruma", "oniguruma.h onigposix.h", "onig", "oniguruma", "onig_", "libonig-dev", "oniguruma-devel", "oniguruma"]),
    row(["PCRE2", "pcre2.h", "pcre2-8 pcre2-16 pcre2-32", "libpcre2-8 libpcre2-16 libpcre2-32", "pcre2_", "libpcre2-dev", "pcre2-devel", "pcre2"]),
    row(["RE2", "re2/", "re2", "re2", "-", "libre2-dev", "re2-devel", "re2"]),
    row(["libmagic", "magic.h", "magic", "libmagic", "magic_open magic_load", "libmagic-dev", "file-devel", "libmagic"]),
    row(["Augeas", "augeas.h", "augeas", "augeas", "aug_init aug_match", "libaugeas-dev", "augeas-devel", "augeas"]),
    row(["notmuch", "notmuch.h", "notmuch", "notmuch", "notmuch_", "libnotmuch-dev", "notmuch-devel", "notmuch"]),
    row(["cmark", "cmark.h", "cmark", "libcmark", "cmark_", "libcmark-dev", "cmark-devel", "cmark"]),

    // Numbers
    row(["GMP", "gmp.h", "gmp", "gmp", "__gmpz_ __gmpq_ __gmpf_", "libgmp-dev", "gmp-devel", "gmp"]),
    row(["MPFR", "mpfr.h", "mpfr", "mpfr", "mpfr_", "libmpfr-dev", "mpfr-devel", "mpfr"]),
    row(["MPC", "mpc.h", "mpc", "mpc", "mpc_init2 mpc_init3", "libmpc-dev", "libmpc-devel", "libmpc"]),
    row(["BLAS", "cblas.h openblas/", "blas cblas openblas", "blas cblas openblas", "cblas_", "libopenblas-dev", "openblas-devel", "openblas"]),
    row(["LAPACK", "lapacke.h", "lapack lapacke", "lapack lapacke", "LAPACKE_", "liblapacke-dev", "lapack-devel", "lapack"]),
    row(["FFTW", "fftw3.h", "fftw3 fftw3f fftw3l fftw3_threads", "fftw3 fftw3f fftw3l", "fftw_ fftwf_", "libfftw3-dev", "fftw-devel", "fftw"]),
    row(["GSL", "gsl/", "gsl gslcblas", "gsl", "gsl_", "libgsl-dev", "gsl-devel", "gsl"]),
    row(["GEOS", "geos_c.h geos.h", "geos_c geos", "geos", "GEOSGeom", "libgeos-dev", "geos-devel", "geos"]),

    // Pictures and text
    row(["cairo", "cairo.h cairo/", "cairo cairo-gobject", "cairo cairo-gobject cairo-ft cairo-pdf cairo-svg cairo-xcb", "cairo_", "libcairo2-dev", "cairo-devel", "cairo"]),
    row(["Pango", "pango/", "pango-1.0 pangocairo-1.0 pangoft2-1.0 pangoxft-1.0", "pango pangocairo pangoft2 pangoxft", "pango_", "libpango1.0-dev", "pango-devel", "pango"]),
    row(["GdkPixbuf", "gdk-pixbuf/", "gdk_pixbuf-2.0", "gdk-pixbuf-2.0", "gdk_pixbuf_", "libgdk-pixbuf-2.0-dev", "gdk-pixbuf2-devel", "gdk-pixbuf"]),
    row(["pixman", "pixman.h", "pixman-1", "pixman-1", "pixman_", "libpixman-1-dev", "pixman-devel", "pixman"]),
    row(["libvips", "vips/", "vips", "vips", "vips_", "libvips-dev", "vips-devel", "vips"]),
    row(["FreeType", "ft2build.h freetype/ freetype2/", "freetype", "freetype2", "FT_Init_ FT_Load_ FT_New_", "libfreetype-dev", "freetype-devel", "freetype"]),
    row(["HarfBuzz", "hb.h hb-ft.h harfbuzz/", "harfbuzz harfbuzz-subset", "harfbuzz harfbuzz-subset", "hb_buffer_ hb_font_ hb_shape", "libharfbuzz-dev", "harfbuzz-devel", "harfbuzz"]),
    row(["Fontconfig", "fontconfig/", "fontconfig", "fontconfig", "FcConfig FcPattern", "libfontconfig-dev", "fontconfig-devel", "fontconfig"]),
    row(["libjpeg", "jpeglib.h jconfig.h", "jpeg", "libjpeg", "jpeg_std_error jpeg_CreateDecompress jpeg_CreateCompress", "libjpeg-dev", "libjpeg-turbo-devel", "jpeg-turbo"]),
    row(["TurboJPEG", "turbojpeg.h", "turbojpeg", "libturbojpeg", "-", "libturbojpeg0-dev", "turbojpeg-devel", "jpeg-turbo"]),
    row(["libpng", "png.h libpng16/", "png png16", "libpng libpng16", "png_create_ png_read_ png_write_", "libpng-dev", "libpng-devel", "libpng"]),
    row(["LibTIFF", "tiff.h tiffio.h", "tiff", "libtiff-4", "TIFFOpen TIFFRead TIFFWrite", "libtiff-dev", "libtiff-devel", "libtiff"]),
    row(["libwebp", "webp/", "webp webpdemux webpmux sharpyuv", "libwebp libwebpdemux libwebpmux", "WebPEncode WebPDecode", "libwebp-dev", "libwebp-devel", "webp"]),
    row(["libheif", "libheif/", "heif", "libheif", "heif_", "libheif-dev", "libheif-devel", "libheif"]),
    row(["LibRaw", "libraw/", "raw raw_r", "libraw libraw_r", "libraw_", "libraw-dev", "LibRaw-devel", "libraw"]),
    row(["gPhoto2", "gphoto2/", "gphoto2 gphoto2_port", "libgphoto2 libgphoto2_port", "gp_camera_ gp_file_", "libgphoto2-dev", "libgphoto2-devel", "libgphoto2"]),

    // Sound and video
    row(["PortAudio", "portaudio.h", "portaudio", "portaudio-2.0", "Pa_Initialize Pa_OpenStream Pa_Terminate", "portaudio19-dev", "portaudio-devel", "portaudio"]),
    row(["JACK", "jack/", "jack", "jack", "jack_client_ jack_port_", "libjack-dev", "pipewire-jack-audio-connection-kit-devel", "jack"]),
    row(["ALSA", "alsa/ asoundlib.h", "asound", "alsa", "snd_pcm_ snd_seq_ snd_mixer_", "libasound2-dev", "alsa-lib-devel", "-"]),
    row(["PulseAudio", "pulse/", "pulse pulse-simple", "libpulse libpulse-simple", "pa_simple_ pa_context_", "libpulse-dev", "pulseaudio-libs-devel", "pulseaudio"]),
    row(["PipeWire", "pipewire/ spa/", "pipewire-0.3", "libpipewire-0.3", "-", "libpipewire-0.3-dev", "pipewire-devel", "-"]),
    row(["Opus", "opus.h opus/", "opus", "opus", "opus_encode opus_decode", "libopus-dev", "opus-devel", "opus"]),
    row(["libvpx", "vpx/", "vpx", "vpx", "vpx_codec_", "libvpx-dev", "libvpx-devel", "libvpx"]),
    row(["libsndfile", "sndfile.h", "sndfile", "sndfile", "sf_open sf_readf_ sf_writef_", "libsndfile1-dev", "libsndfile-devel", "libsndfile"]),
    row(["libsamplerate", "samplerate.h", "samplerate", "samplerate", "src_process src_simple", "libsamplerate0-dev", "libsamplerate-devel", "libsamplerate"]),
    row(["Speex DSP", "speex/speex_echo.h speex/speex_preprocess.h speex/speex_resampler.h", "speexdsp", "speexdsp", "speex_echo_ speex_resampler_", "libspeexdsp-dev", "speexdsp-devel", "speexdsp"]),
    row(["FLAC", "FLAC/", "FLAC", "flac", "FLAC__stream_", "libflac-dev", "flac-devel", "flac"]),
    row(["Vorbis", "vorbis/", "vorbis vorbisfile vorbisenc", "vorbis vorbisfile vorbisenc", "ov_open vorbis_analysis_", "libvorbis-dev", "libvorbis-devel", "libvorbis"]),
    row(["mpg123", "mpg123.h", "mpg123", "libmpg123", "mpg123_", "libmpg123-dev", "mpg123-devel", "mpg123"]),
    row(["mpv", "mpv/", "mpv", "mpv", "mpv_create mpv_initialize", "libmpv-dev", "mpv-devel", "mpv"]),
    row(["FFmpeg (avcodec)", "libavcodec/", "avcodec", "libavcodec", "avcodec_", "libavcodec-dev", "ffmpeg-free-devel", "ffmpeg"]),
    row(["FFmpeg (avformat)", "libavformat/", "avformat", "libavformat", "avformat_", "libavformat-dev", "ffmpeg-free-devel", "ffmpeg"]),
    row(["FFmpeg (avutil)", "libavutil/", "avutil", "libavutil", "av_frame_", "libavutil-dev", "ffmpeg-free-devel", "ffmpeg"]),
    row(["FFmpeg (swscale)", "libswscale/", "swscale", "libswscale", "sws_getContext sws_scale", "libswscale-dev", "ffmpeg-free-devel", "ffmpeg"]),
    row(["FFmpeg (swresample)", "libswresample/", "swresample", "libswresample", "swr_convert swr_alloc", "libswresample-dev", "ffmpeg-free-devel", "ffmpeg"]),

    // Windows on a screen
    row(["X11", "X11/Xlib.h X11/Xutil.h X11/Xatom.h", "X11 X11-xcb", "x11 x11-xcb", "XOpenDisplay XCreateWindow", "libx11-dev", "libX11-devel", "libx11"]),
    row(["XCB", "xcb/xcb.h xcb/xproto.h xcb/xcbext.h", "xcb", "xcb", "xcb_connect xcb_get_setup", "libxcb1-dev", "libxcb-devel", "libxcb"]),
    row(["Wayland", "wayland-client.h wayland-server.h wayland-server-core.h wayland-client-core.h wayland-cursor.h", "wayland-client wayland-server wayland-cursor wayland-egl", "wayland-client wayland-server wayland-cursor wayland-egl wayland-scanner", "wl_display_ wl_proxy_", "libwayland-dev", "wayland-devel", "wayland"]),
    row(["wlroots", "wlr/", "wlroots", "wlroots", "wlr_", "libwlroots-dev", "wlroots-devel", "-"]),
    row(["xkbcommon", "xkbcommon/", "xkbcommon", "xkbcommon", "xkb_context_ xkb_keymap_ xkb_state_", "libxkbcommon-dev", "libxkbcommon-devel", "libxkbcommon"]),
    row(["libinput", "libinput.h", "input", "libinput", "libinput_", "libinput-dev", "libinput-devel", "-"]),
    row(["libdrm", "xf86drm.h xf86drmMode.h libdrm/", "drm", "libdrm", "drmMode", "libdrm-dev", "libdrm-devel", "-"]),
    row(["SDL2", "SDL2/ SDL.h", "SDL2 SDL2main", "sdl2", "-", "libsdl2-dev", "SDL2-devel", "sdl2"]),
    row(["OpenGL", "GL/gl.h GL/glx.h GL/glcorearb.h", "GL", "gl", "glXSwapBuffers glXCreateContext", "libgl-dev", "libglvnd-devel", "-"]),
    row(["GLU", "GL/glu.h", "GLU", "glu", "gluLookAt gluPerspective", "libglu1-mesa-dev", "mesa-libGLU-devel", "-"]),
    row(["EGL", "EGL/ KHR/", "EGL", "egl", "eglGetDisplay eglInitialize", "libegl-dev", "libglvnd-devel", "-"]),
    row(["GLFW", "GLFW/", "glfw", "glfw3", "glfwInit glfwCreateWindow", "libglfw3-dev", "glfw-devel", "glfw"]),
    row(["GLEW", "GL/glew.h", "GLEW", "glew", "glewInit", "libglew-dev", "glew-devel", "glew"]),

    // The machine
    row(["libusb", "libusb.h libusb-1.0/", "usb-1.0", "libusb-1.0", "libusb_", "libusb-1.0-0-dev", "libusb1-devel", "libusb"]),
    row(["HIDAPI", "hidapi.h hidapi/", "hidapi hidapi-hidraw hidapi-libusb", "hidapi hidapi-hidraw hidapi-libusb", "hid_open hid_enumerate", "libhidapi-dev", "hidapi-devel", "hidapi"]),
    row(["libudev", "libudev.h", "udev", "libudev", "udev_device_ udev_enumerate_", "libudev-dev", "systemd-devel", "-"]),
    row(["libsystemd", "systemd/", "systemd", "libsystemd", "sd_bus_ sd_journal_ sd_notify", "libsystemd-dev", "systemd-devel", "-"]),
    row(["FUSE 3", "fuse3/ fuse_lowlevel.h", "fuse3", "fuse3", "fuse_session_", "libfuse3-dev", "fuse3-devel", "-"]),
    row(["FUSE 2", "fuse.h fuse/", "fuse", "fuse", "-", "libfuse-dev", "fuse-devel", "-"]),
    row(["libcap", "sys/capability.h", "cap", "libcap", "cap_get_proc cap_set_proc", "libcap-dev", "libcap-devel", "-"]),
    row(["libseccomp", "seccomp.h", "seccomp", "libseccomp", "seccomp_", "libseccomp-dev", "libseccomp-devel", "-"]),
    row(["libacl", "sys/acl.h acl/", "acl", "libacl", "-", "libacl1-dev", "libacl-devel", "-"]),
    row(["libattr", "attr/", "attr", "libattr", "-", "libattr1-dev", "libattr-devel", "-"]),
    row(["PAM", "security/", "pam pam_misc", "pam pam_misc", "pam_start pam_authenticate", "libpam0g-dev", "pam-devel", "-"]),
    row(["libselinux", "selinux/", "selinux", "libselinux", "selinux_", "libselinux1-dev", "libselinux-devel", "-"]),
    row(["libuuid", "uuid/uuid.h", "uuid", "uuid", "uuid_generate uuid_unparse", "uuid-dev", "libuuid-devel", "-"]),
    row(["BlueZ", "bluetooth/", "bluetooth", "bluez", "hci_open_dev hci_get_route", "libbluetooth-dev", "bluez-libs-devel", "-"]),
    row(["libnuma", "numa.h numaif.h", "numa", "numa", "numa_", "libnuma-dev", "numactl-devel", "-"]),
    row(["liburing", "liburing.h liburing/", "uring", "liburing", "io_uring_", "liburing-dev", "liburing-devel", "-"]),
    row(["libgpiod", "gpiod.h", "gpiod", "libgpiod", "gpiod_", "libgpiod-dev", "libgpiod-devel", "-"]),
    row(["libvirt", "libvirt/", "virt", "libvirt", "virConnect virDomain", "libvirt-dev", "libvirt-devel", "libvirt"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_leads_to_one_row() {
        let columns: [fn(&KnownLibrary) -> &'static str; 4] =
            [|k| k.headers, |k| k.libraries, |k| k.pkg_config, |k| k.symbols];
        for column in columns {
            let mut words: Vec<&str> =
                KNOWN.iter().flat_map(|known| column(known).split_whitespace()).collect();
            words.sort_unstable();
            for pair in words.windows(2) {
                assert_ne!(pair[0], pair[1], "listed twice");
            }
        }
    }

    #[test]
    fn each_row_can_be_found_and_helps() {
        for known in KNOWN {
            let found = known
                .libraries()
                .find_map(by_library)
                .or_else(|| known.pkg_config.split_whitespace().find_map(by_pkg_config));
            assert_eq!(found, Some(known));
            let Packages { debian, fedora, .. } = known.packages;
            assert!(debian != "-" && fedora != "-", "{}", known.name);
        }
    }

    #[test]
    fn headers_match_whole_names_and_folders() {
        assert_eq!(by_header("zlib.h").map(|known| known.name), Some("zlib"));
        assert_eq!(by_header("openssl/ssl.h").map(|known| known.name), Some("OpenSSL"));
        assert_eq!(by_header("my/zlib.h"), None);
        assert_eq!(by_header("xzlib.h"), None);
    }
}
