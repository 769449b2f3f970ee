// clientconfig prints what kubectl's own code (cli-runtime and client-go) makes of its connection flags, the kubeconfig
// and the environment: as JSON, the reference for test/integration/test_kubeconfig.py. It connects to nothing, but runs
// exec plugins.
package main

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // as kubectl has it
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// endpoint is a URL taken apart, its port always given.
type endpoint struct {
	Scheme   string `json:"scheme"`
	Host     string `json:"host"`
	Port     string `json:"port"`
	Path     string `json:"path"`
	User     string `json:"user"`
	Password string `json:"password"`
}

type connection struct {
	Server            endpoint            `json:"server"`
	Proxy             *endpoint           `json:"proxy"`
	Namespace         string              `json:"namespace"`
	TLSName           string              `json:"tlsName"`
	Insecure          bool                `json:"insecure"`
	CA                string              `json:"ca"`
	ClientCertificate string              `json:"clientCertificate"`
	Headers           map[string][]string `json:"headers"`
}

var defaultPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080"}

func endpointOf(u *url.URL) endpoint {
	e := endpoint{Scheme: u.Scheme, Host: u.Hostname(), Port: u.Port(), Path: strings.TrimRight(u.Path, "/")}
	if e.Port == "" {
		e.Port = defaultPorts[e.Scheme]
	}
	e.User = u.User.Username()
	e.Password, _ = u.User.Password()
	return e
}

// recorder is where requests end: it keeps their headers.
type recorder struct{ headers http.Header }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.headers = request.Header
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: request}, nil
}

// headersOf has the headers that prove or change who asks.
func headersOf(config *transport.Config, server *url.URL) (map[string][]string, error) {
	kept := recorder{}
	wrapped, err := transport.HTTPWrappersForConfig(config, &kept)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodGet, server.String(), nil)
	if err != nil {
		return nil, err
	}
	if _, err := wrapped.RoundTrip(request); err != nil {
		return nil, err
	}
	headers := map[string][]string{}
	for name, values := range kept.headers {
		if name == "Authorization" || strings.HasPrefix(name, "Impersonate-") {
			headers[name] = values
		}
	}
	return headers, nil
}

func proxyOf(config *transport.Config, server *url.URL) (*endpoint, error) {
	choose := config.Proxy
	if choose == nil { // what SetTransportDefaults puts there
		choose = utilnet.NewProxierWithNoProxyCIDR(http.ProxyFromEnvironment)
	}
	proxy, err := choose(&http.Request{URL: server})
	if err != nil || proxy == nil {
		return nil, err
	}
	found := endpointOf(proxy)
	return &found, nil
}

func certificateOf(config *tls.Config) (string, error) {
	if config == nil || config.GetClientCertificate == nil {
		return "", nil
	}
	certificate, err := config.GetClientCertificate(&tls.CertificateRequestInfo{})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, der := range certificate.Certificate {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

func describe(flags *genericclioptions.ConfigFlags) (*connection, error) {
	loader := flags.ToRawKubeConfigLoader()
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, err
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, err
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	transportConfig, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := transport.TLSConfigFor(transportConfig)
	if err != nil {
		return nil, err
	}
	found := &connection{Server: endpointOf(server), Namespace: namespace, TLSName: config.ServerName,
		Insecure: config.Insecure, CA: string(transportConfig.TLS.CAData)}
	if found.TLSName == "" {
		found.TLSName = server.Hostname()
	}
	if found.Proxy, err = proxyOf(transportConfig, server); err != nil {
		return nil, err
	}
	if found.Headers, err = headersOf(transportConfig, server); err != nil {
		return nil, err
	}
	if found.ClientCertificate, err = certificateOf(tlsConfig); err != nil {
		return nil, err
	}
	return found, nil
}

func main() {
	flags := genericclioptions.NewConfigFlags(false)
	extra := []string{}
	flags.ImpersonateUserExtra = &extra
	set := pflag.NewFlagSet("clientconfig", pflag.ExitOnError)
	flags.AddFlags(set)
	if err := set.Parse(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var answer any
	found, err := describe(flags)
	if answer = found; err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
