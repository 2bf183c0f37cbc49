//! Products that write JSON with keys of their own. What the keys mean is in `keyed::alias`.

use super::sample;
use crate::format::{Dialect, Format, Product};

/// JSON of nobody in particular.
const OTHER: &str = r#"{"time_local":"10/Oct/2025:13:55:01 +0000","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","code":"200","body_bytes_sent":"5"}"#;

macro_rules! json {
    ($name:literal, $product:ident, $help:literal, $($sample:literal),+ $(,)?) => {
        Format {
            name: $name,
            also: &[],
            help: $help,
            label: $name,
            product: Product::$product,
            dialect: Dialect::Json,
            string: "",
            samples: &[$($sample),+],
            others: &[sample!(), OTHER, "{}"],
        }
    };
}

/// The formats, in the order of their families.
pub(super) const FORMATS: &[Format] = &[
    json!(
        "cloudflare",
        Cloudflare,
        "Cloudflare Logpush, http_requests",
        r#"{"ClientIP":"192.0.2.1","ClientCountry":"de","ClientRequestHost":"example.com","ClientRequestMethod":"GET","ClientRequestURI":"/a?b=1","EdgeEndTimestamp":1760104501250000000,"EdgeResponseBytes":5316,"EdgeResponseStatus":200,"EdgeStartTimestamp":1760104501000000000,"EdgeColoCode":"FRA","RayID":"3a6050bcbe121a87","CacheCacheStatus":"dynamic","OriginResponseStatus":200,"OriginIP":"198.51.100.7","EdgeTimeToFirstByteMs":120,"OriginTCPHandshakeDurationMs":20,"OriginResponseDurationMs":90}"#,
        r#"{"ClientIP":"2001:db8::1","ClientCountry":"de","ClientRequestHost":"example.com","ClientRequestMethod":"GET","ClientRequestURI":"/b","EdgeEndTimestamp":"2025-10-10T13:55:20Z","EdgeResponseBytes":0,"EdgeResponseStatus":522,"EdgeStartTimestamp":"2025-10-10T13:55:01Z","RayID":"3a6050bcbe121a88","CacheCacheStatus":"miss","OriginResponseStatus":0,"OriginIP":"","EdgeTimeToFirstByteMs":19000,"OriginResponseDurationMs":0}"#,
        r#"{"ClientIP":"2001:db8::1","ClientCountry":"de","ClientRequestHost":"example.com","ClientRequestMethod":"GET","ClientRequestURI":"/c","EdgeEndTimestamp":"2025-10-10T13:55:20Z","EdgeResponseBytes":0,"EdgeResponseStatus":403,"EdgeStartTimestamp":"2025-10-10T13:55:01Z","RayID":"3a6050bcbe121a89","CacheCacheStatus":"miss","OriginResponseStatus":0,"OriginTCPHandshakeDurationMs":0,"SecurityAction":"block","OriginIP":"","EdgeTimeToFirstByteMs":3,"OriginResponseDurationMs":0}"#,
    ),
    json!(
        "akamai",
        Akamai,
        "Akamai DataStream 2 as JSON; latency is the sum of its three phases",
        r#"{"version":2,"streamId":"12345","cp":"123456","reqId":"1239f220","reqTimeSec":"1760104501.250","bytes":"4995","cliIP":"192.0.2.1","statusCode":"206","country":"DE","proto":"HTTPS","reqHost":"example.com","reqMethod":"GET","reqPath":"/a/b.mp4","rspContentLen":"5000","totalBytes":"5600","UA":"curl%2F8.5.0","turnAroundTimeMSec":"11","transferTimeMSec":"125","reqEndTimeMSec":"3","timeToFirstByte":"12","cacheStatus":"1","isMidgress":"0"}"#,
        r#"{"version":2,"streamId":"12345","cp":"123456","reqId":"1239f220","reqTimeSec":"1760104501.250","bytes":"4995","cliIP":"192.0.2.1","statusCode":"503","country":"DE","proto":"HTTPS","reqHost":"example.com","reqMethod":"GET","reqPath":"/a/b.mp4","rspContentLen":"5000","totalBytes":"5600","UA":"curl%2F8.5.0","turnAroundTimeMSec":"11","transferTimeMSec":"125","reqEndTimeMSec":"3","timeToFirstByte":"12","cacheStatus":"0","errorCode":"ERR_CONNECT_FAIL","isMidgress":"0"}"#,
    ),
    json!(
        "fastly-json",
        Fastly,
        "Fastly's JSON templates; time_elapsed is in microseconds",
        r#"{ "timestamp": "2025-10-10T13:55:01+0000", "client_ip": "192.0.2.1", "geo_country": "france", "geo_city": "paris", "host": "example.com", "url": "/a?b=1", "request_method": "GET", "request_protocol": "HTTP/1.1", "request_referer": "", "request_user_agent": "curl/8.5.0", "response_state": "MISS-CLUSTER", "response_status": 404, "response_reason": "Not Found", "response_body_size": 564, "fastly_server": "cache-cdg20764-CDG", "fastly_is_edge": true }"#,
        r#"{ "timestamp": "2025-10-10T13:55:01+0000", "client_ip": "192.0.2.1", "geo_country": "france", "geo_city": "paris", "host": "example.com", "url": "/a?b=1", "request_method": "GET", "request_protocol": "HTTP/1.1", "request_referer": "", "request_user_agent": "curl/8.5.0", "response_state": "ERROR", "response_status": 503, "response_reason": "first byte timeout", "response_body_size": 564, "fastly_server": "cache-cdg20764-CDG", "fastly_is_edge": true }"#,
    ),
    json!(
        "cloudfront-json",
        CloudFront,
        "CloudFront's standard log (v2) as JSON, also with the fields of the real-time log",
        r#"{"date":"2025-10-10","time":"13:55:01","x-edge-location":"SFO53-P7","sc-bytes":"392","c-ip":"192.0.2.1","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/a.html","sc-status":"502","cs(Referer)":"-","cs(User-Agent)":"curl/8.5.0","cs-uri-query":"-","x-edge-result-type":"Error","x-edge-request-id":"SOX4xwn4XV6Q4rgb7XiVGOHms","x-host-header":"example.com","cs-protocol":"https","time-taken":"0.214","cs-protocol-version":"HTTP/2.0","time-to-first-byte":"0.214","x-edge-detailed-result-type":"OriginConnectError"}"#,
    ),
    json!(
        "azion",
        Azion,
        "Azion Data Stream as JSON",
        r#"{"time":"2025-10-10T13:55:01Z","remote_addr":"192.0.2.1","host":"example.com","request_method":"GET","request_uri":"/a?b=1","requestPath":"/a","requestQuery":"b=1","country":"Brazil","status":"200","proxy_status":"-","bytes_sent":"5316","request_time":"0.120","upstream_addr":"198.51.100.7:80, 198.51.100.8:80","upstream_status":"502 : 200","upstream_response_time":"0.020, 0.090","upstream_connect_time":"0.001, 0.002","upstream_cache_status":"MISS","http_user_agent":"curl/8.5.0","waf_block":"0","waf_score":"-"}"#,
        r#"{"time":"2025-10-10T13:55:01Z","remote_addr":"192.0.2.1","host":"example.com","request_method":"GET","request_uri":"/a?b=1","requestPath":"/a","requestQuery":"b=1","country":"Brazil","status":"520","proxy_status":"520","bytes_sent":"5316","request_time":"0.120","upstream_addr":"198.51.100.7:80","upstream_status":"-","upstream_response_time":"0.020","upstream_connect_time":"0.001","upstream_header_time":"-","upstream_cache_status":"MISS","http_user_agent":"curl/8.5.0","waf_block":"0","waf_score":"-"}"#,
    ),
    json!(
        "google-cloud-lb",
        GoogleCloudLb,
        "Google Cloud's HTTP(S) load balancers, from Cloud Logging",
        r#"{"httpRequest":{"cacheLookup":true,"latency":"0.005192s","remoteIp":"192.0.2.1","requestMethod":"GET","requestSize":"29","requestUrl":"https://example.com/a","responseSize":"780","serverIp":"10.20.0.4","status":200,"userAgent":"curl/8.5.0"},"insertId":"a1","jsonPayload":{"securityPolicyRequestData":{"remoteIpInfo":{"asn":64496,"regionCode":"DE"}},"statusDetails":"response_sent_by_backend"},"resource":{"labels":{"zone":"global"},"type":"http_load_balancer"},"severity":"INFO","timestamp":"2025-10-10T13:55:01.558637Z"}"#,
        r#"{"httpRequest":{"latency":"30.001s","remoteIp":"192.0.2.1","requestMethod":"GET","requestSize":"29","requestUrl":"https://example.com/slow","userAgent":"curl/8.5.0"},"insertId":"a2","jsonPayload":{"statusDetails":"client_disconnected_before_any_response"},"resource":{"labels":{"zone":"global"},"type":"http_load_balancer"},"severity":"WARNING","timestamp":"2025-10-10T13:55:02Z"}"#,
    ),
    json!(
        "azure-front-door",
        AzureFrontDoor,
        "Azure Front Door and Azure CDN; timeTaken is in seconds",
        r#"{"time":"2025-10-10T13:55:01.0000000Z","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"20251010T135501Z-a1","httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://example.com:443/a","requestBytes":"60","responseBytes":"1624","userAgent":"curl/8.5.0","clientIp":"192.0.2.1","clientPort":"55262","socketIp":"192.0.2.1","timeToFirstByte":"0.035","timeTaken":"0.035","httpStatusCode":"200","httpStatusDetails":"200","pop":"PAR","clientCountry":"France","cacheStatus":"CONFIG_NOCACHE","errorInfo":"NoError","routingRuleName":"default","hostName":"example.com","originIp":"198.51.100.7:443","referer":""}}"#,
        r#"{"time":"2025-10-10T13:55:31.0000000Z","category":"FrontDoorAccessLog","properties":"{\"trackingReference\":\"20251010T135501Z-a2\",\"httpMethod\":\"GET\",\"requestUri\":\"https://example.com:443/slow\",\"responseBytes\":\"0\",\"clientIp\":\"192.0.2.1\",\"socketIp\":\"192.0.2.1\",\"timeTaken\":\"30.001\",\"httpStatusCode\":\"0\",\"httpStatusDetails\":\"0\",\"pop\":\"PAR\",\"clientCountry\":\"France\",\"cacheStatus\":\"MISS\",\"errorInfo\":\"OriginTimeout\",\"hostName\":\"example.com\"}"}"#,
    ),
    json!(
        "azure-application-gateway",
        AzureApplicationGateway,
        "Azure Application Gateway v1 (milliseconds) and v2 (seconds)",
        r#"{"timeStamp":"2025-10-10T13:55:01+00:00","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"instanceId":"appgw_2","clientIP":"192.0.2.1","clientPort":45057,"httpMethod":"GET","originalRequestUriWithArgs":"/a","requestUri":"/a","requestQuery":"","userAgent":"curl/8.5.0","httpStatus":502,"httpVersion":"HTTP/1.1","receivedBytes":184,"sentBytes":466,"clientResponseTime":0,"timeTaken":0.034,"transactionId":"592d1649f75a8d480a3c4dc6a975309d","sslEnabled":"on","serverRouted":"198.51.100.7:443","serverStatus":"","serverResponseLatency":"","originalHost":"example.com","host":"example.com","error_info":"ERRORINFO_UPSTREAM_TIMED_OUT"}}"#,
        r#"{"time":"2025-10-10T13:55:01Z","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"192.0.2.1","clientPort":46886,"httpMethod":"GET","requestUri":"/a","userAgent":"-","httpStatus":404,"httpVersion":"HTTP/1.0","receivedBytes":65,"sentBytes":553,"timeTaken":205,"sslEnabled":"off","host":"example.com","originalHost":"example.com"}}"#,
        r#"{"timeStamp":"2025-10-10T13:55:01+00:00","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"instanceId":"appgw_2","clientIP":"192.0.2.1","clientPort":45057,"httpMethod":"GET","originalRequestUriWithArgs":"/a","requestUri":"/a","requestQuery":"","userAgent":"curl/8.5.0","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":184,"sentBytes":466,"clientResponseTime":0,"timeTaken":0.034,"transactionId":"592d1649f75a8d480a3c4dc6a975309d","sslEnabled":"on","serverRouted":"198.51.100.7:443","serverStatus":"200","serverResponseLatency":"0.028","originalHost":"example.com","host":"example.com"}}"#,
    ),
    json!(
        "azure-app-service",
        AzureAppService,
        "Azure App Service, AppServiceHTTPLogs; TimeTaken is in milliseconds",
        r#"{"category":"AppServiceHTTPLogs","time":"2025-10-10T13:55:01.0000000","properties":{"UserAgent":"curl/8.5.0","Cookie":"-","ScStatus":"200","CsUsername":"-","Result":"Success","CsHost":"example.azurewebsites.net","CsMethod":"GET","CsBytes":"1635","CsUriQuery":"a=1","CIp":"192.0.2.1","SPort":"80","Referer":"-","CsUriStem":"/a","TimeTaken":19,"ScBytes":"494","ComputerName":"10-10-10-10"}}"#,
    ),
    json!(
        "api-gateway-json",
        ApiGateway,
        "Amazon API Gateway with keys named after $context; latencies are in milliseconds",
        r#"{"requestId":"a1","extendedRequestId":"BkJdhGC0yK4FcBA=","ip":"192.0.2.1","requestTime":"10/Oct/2025:13:55:01 +0000","httpMethod":"GET","resourcePath":"/a","status":"502","protocol":"HTTP/1.1","responseLength":"36","responseLatency":"41","integrationLatency":"38","integrationStatus":"-","integrationErrorMessage":"Endpoint request timed out","domainName":"api.example.com"}"#,
    ),
    json!(
        "vercel",
        Vercel,
        "Vercel's log drains; they have no latency",
        r#"{"id":"1","message":"","timestamp":1760104501000,"requestId":"a1","statusCode":200,"projectId":"p1","deploymentId":"dpl_1","source":"lambda","host":"example.vercel.app","path":"api/a","executionRegion":"iad1","proxy":{"timestamp":1760104501000,"region":"cdg1","method":"GET","statusCode":200,"path":"/api/a?b=1","host":"example.com","scheme":"https","clientIp":"192.0.2.1","referer":"https://e.example/","userAgent":["curl/8.5.0"],"vercelCache":"MISS","responseByteSize":512}}"#,
    ),
    json!(
        "traefik-json",
        Traefik,
        "Traefik's JSON; durations are in nanoseconds",
        r#"{"ClientAddr":"192.0.2.1:39496","ClientHost":"192.0.2.1","ClientPort":"39496","DownstreamContentSize":357,"DownstreamStatus":502,"Duration":357313,"OriginContentSize":0,"OriginDuration":0,"OriginStatus":0,"Overhead":32644,"RequestAddr":"example.com","RequestCount":190,"RequestHost":"example.com","RequestMethod":"GET","RequestPath":"/a","RequestProtocol":"HTTP/1.1","RetryAttempts":0,"RouterName":"test@docker","ServiceAddr":"198.51.100.7:80","ServiceName":"test@docker","StartUTC":"2025-10-10T13:55:01.587782192Z","entryPointName":"http","level":"info","msg":"","request_User-Agent":"curl/8.5.0","time":"2025-10-10T13:55:01Z"}"#,
        r#"{"ClientAddr":"192.0.2.1:39496","ClientHost":"192.0.2.1","ClientPort":"39496","DownstreamContentSize":357,"DownstreamStatus":200,"Duration":357313,"OriginContentSize":357,"OriginDuration":324669,"OriginStatus":200,"Overhead":32644,"RequestAddr":"example.com","RequestCount":190,"RequestHost":"example.com","RequestMethod":"GET","RequestPath":"/a","RequestProtocol":"HTTP/1.1","RetryAttempts":0,"RouterName":"test@docker","ServiceAddr":"198.51.100.7:80","ServiceName":"test@docker","StartUTC":"2025-10-10T13:55:01.587782192Z","entryPointName":"http","level":"info","msg":"","request_User-Agent":"curl/8.5.0","time":"2025-10-10T13:55:01Z"}"#,
    ),
    json!(
        "caddy",
        Caddy,
        "Caddy 2; duration is in seconds, or as its encoding says",
        r#"{"level":"info","ts":1760104501.7564995,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.1","remote_port":"44790","client_ip":"192.0.2.1","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/a?b=1","headers":{"User-Agent":["curl/8.5.0"],"Accept":["*/*"]}},"bytes_read":0,"user_id":"","duration":0.017557019,"size":3768,"status":200,"resp_headers":{"Server":["Caddy"]}}"#,
        r#"{"level":"info","ts":"2025/10/10 13:55:02.000","logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.1","remote_port":"44790","client_ip":"192.0.2.1","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/b","headers":{}},"bytes_read":0,"user_id":"","duration":0.000002364,"size":0,"status":0,"resp_headers":{"Server":["Caddy"]}}"#,
    ),
    json!(
        "envoy-json",
        Envoy,
        "Envoy, Istio and Envoy Gateway as JSON; durations are in milliseconds",
        r#"{"start_time":"2025-10-10T13:55:01.479Z","method":"GET","path":"/a","protocol":"HTTP/2","response_code":503,"response_flags":"UF","response_code_details":"upstream_reset_before_response_started","connection_termination_details":null,"upstream_transport_failure_reason":"delayed connect error: 111","bytes_received":0,"bytes_sent":91,"duration":11,"upstream_service_time":null,"x_forwarded_for":"192.0.2.1","user_agent":"curl/8.5.0","request_id":"3bbc0252-2d5c-49fe-bd89-104e9b61770b","authority":"example.com","upstream_host":"198.51.100.7:8080","upstream_cluster":"outbound|80||a","downstream_remote_address":"192.0.2.1:59292","route_name":"default"}"#,
        r#"{":authority":"example.com","bytes_received":0,"bytes_sent":121258,"duration":"12","method":"GET","protocol":"HTTP/2","response_code":"200","response_code_details":"via_upstream","response_flags":"-","route_name":"r","start_time":"2025-10-10T13:55:01.479Z","upstream_cluster":"c","upstream_host":"198.51.100.7:8080","user-agent":"curl/8.5.0","x-envoy-origin-path":"/a.webp","x-envoy-upstream-service-time":"9","downstream_remote_address":"192.0.2.1:59292","x-request-id":"3bbc0252"}"#,
    ),
    json!(
        "haproxy-json",
        HaProxy,
        "HAProxy as JSON with the names of its documentation; timers are in milliseconds",
        r#"{"time":"2025-10-10T13:55:01.123Z","client_ip":"192.0.2.1","frontend_name":"http-in","backend_name":"app","server_name":"srv1","Tw":0,"Tc":1,"Ta":109,"status_code":504,"bytes_read":194,"termination_state":"sH--","actconn":1,"feconn":1,"beconn":1,"srv_conn":1,"retries":0,"srv_queue":0,"backend_queue":0,"method":"GET","path":"/a"}"#,
    ),
];
