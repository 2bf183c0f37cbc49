//! Load balancers, gateways and platforms of clouds.

use super::{Alias, KeySet, MILLISECONDS, Means, SECONDS};
use crate::format::Product;

/// Google Cloud's HTTP(S) load balancers as Cloud Logging exports them
/// (<https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring>). `serverIp` is
/// the backend. Without an answer to the client there is no status.
pub(super) static GOOGLE_CLOUD_LB: KeySet = KeySet {
    name: "google-cloud-lb",
    product: Product::GoogleCloudLb,
    signature: &[
        "httpRequest.requestMethod",
        "httpRequest.requestUrl",
        "httpRequest.remoteIp",
        "httpRequest.latency",
        "httpRequest.requestSize",
        "httpRequest.userAgent",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: Some("httpRequest"),
    aliases: &[
        Alias::new(Means::Time, &["timestamp"]),
        Alias::new(Means::Request, &["httpRequest.requestUrl"]),
        Alias::new(Means::Method, &["httpRequest.requestMethod"]),
        Alias::new(Means::Protocol, &["httpRequest.protocol"]),
        Alias::new(Means::Status, &["httpRequest.status"]),
        Alias::new(Means::Bytes, &["httpRequest.responseSize"]),
        Alias::new(Means::Client, &["httpRequest.remoteIp"]),
        Alias::new(Means::Referer, &["httpRequest.referer"]),
        Alias::new(Means::UserAgent, &["httpRequest.userAgent"]),
        Alias::new(Means::Latency(SECONDS), &["httpRequest.latency"]),
        Alias::new(Means::UpstreamAddress, &["httpRequest.serverIp"]),
        Alias::new(
            Means::Location,
            &["jsonPayload.securityPolicyRequestData.remoteIpInfo.regionCode"],
        ),
        Alias::new(Means::Reason, &["jsonPayload.statusDetails"]),
        Alias::new(Means::Clue(0), &["jsonPayload.proxyStatus"]),
        Alias::new(Means::Clue(1), &["httpRequest.cacheHit"]),
        Alias::new(Means::Clue(2), &["httpRequest.cacheLookup"]),
    ],
};

/// Azure Front Door and Azure CDN: `FrontDoorAccessLog`, `AzureCdnAccessLog`
/// (<https://learn.microsoft.com/azure/frontdoor/monitor-front-door-reference>).
pub(super) static AZURE_FRONT_DOOR: KeySet = KeySet {
    name: "azure-front-door",
    product: Product::AzureFrontDoor,
    signature: &[
        "trackingReference",
        "httpStatusCode",
        "httpStatusDetails",
        "socketIp",
        "routingRuleName",
        "rulesEngineMatchNames",
        "errorInfo",
        "pop",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["time", "timestamp", "TimeGenerated"]),
        Alias::new(Means::Request, &["properties.requestUri"]),
        Alias::new(Means::Method, &["properties.httpMethod"]),
        Alias::new(Means::Protocol, &["properties.httpVersion"]),
        Alias::new(Means::Status, &["properties.httpStatusCode"]),
        Alias::new(Means::Bytes, &["properties.responseBytes"]),
        Alias::new(Means::Client, &["properties.clientIp"]),
        Alias::new(Means::Host, &["properties.hostName", "properties.endpoint"]),
        Alias::new(Means::Referer, &["properties.referer"]),
        Alias::new(Means::UserAgent, &["properties.userAgent"]),
        Alias::new(Means::Latency(SECONDS), &["properties.timeTaken"]),
        Alias::new(Means::UpstreamStatus, &["properties.httpStatusDetails"]),
        Alias::new(Means::UpstreamAddress, &["properties.originIp", "properties.backendHostname"]),
        Alias::new(Means::Cache, &["properties.cacheStatus"]),
        Alias::new(Means::Location, &["properties.clientCountry", "properties.pop"]),
        Alias::new(Means::Reason, &["properties.errorInfo"]),
        Alias::new(Means::RequestId, &["properties.trackingReference"]),
        Alias::new(Means::Clue(0), &["properties.isReceivedFromClient"]),
        Alias::new(Means::OneOf(&["FrontDoorAccessLog", "AzureCdnAccessLog"]), &["category"]),
    ],
};

/// Azure Application Gateway: `ApplicationGatewayAccessLog`
/// (<https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference>).
/// `timeTaken` is in milliseconds in version 1 and in seconds in version 2.
pub(super) static AZURE_APPLICATION_GATEWAY: KeySet = KeySet {
    name: "azure-application-gateway",
    product: Product::AzureApplicationGateway,
    signature: &[
        "instanceId",
        "clientPort",
        "httpStatus",
        "receivedBytes",
        "sentBytes",
        "serverRouted",
        "sslEnabled",
        "originalHost",
    ],
    enough: 4,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["time", "timeStamp", "TimeGenerated"]),
        Alias::new(
            Means::Request,
            &["properties.originalRequestUriWithArgs", "properties.requestUri"],
        ),
        Alias::new(Means::Method, &["properties.httpMethod"]),
        Alias::new(Means::Protocol, &["properties.httpVersion"]),
        Alias::new(Means::Status, &["properties.httpStatus"]),
        Alias::new(Means::Bytes, &["properties.sentBytes"]),
        Alias::new(Means::Client, &["properties.clientIP"]),
        Alias::new(Means::Host, &["properties.originalHost", "properties.host"]),
        Alias::new(Means::UserAgent, &["properties.userAgent"]),
        Alias::new(Means::Clue(0), &["properties.instanceId"]),
        Alias::new(Means::ClueLatency(1), &["properties.timeTaken"]),
        Alias::new(Means::UpstreamLatency(SECONDS), &["properties.serverResponseLatency"]),
        Alias::new(Means::UpstreamStatus, &["properties.serverStatus"]),
        Alias::new(Means::UpstreamAddress, &["properties.serverRouted"]),
        Alias::new(Means::Reason, &["properties.error_info"]),
        Alias::new(Means::RequestId, &["properties.transactionId"]),
        Alias::new(Means::OneOf(&["ApplicationGatewayAccessLog"]), &["category"]),
    ],
};

/// Azure App Service: `AppServiceHTTPLogs`
/// (<https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs>).
pub(super) static AZURE_APP_SERVICE: KeySet = KeySet {
    name: "azure-app-service",
    product: Product::AzureAppService,
    // But for the letters these are columns of W3C logs.
    signature: &[
        "=ScStatus",
        "=CsUriStem",
        "=CsMethod",
        "=CsHost",
        "=CIp",
        "=ScBytes",
        "=TimeTaken",
    ],
    enough: 4,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["time", "TimeGenerated"]),
        Alias::new(Means::Request, &["properties.CsUriStem"]),
        Alias::new(Means::Method, &["properties.CsMethod"]),
        Alias::new(Means::Protocol, &["properties.Protocol"]),
        Alias::new(Means::Status, &["properties.ScStatus"]),
        Alias::new(Means::Bytes, &["properties.ScBytes"]),
        Alias::new(Means::Client, &["properties.CIp"]),
        Alias::new(Means::Host, &["properties.CsHost"]),
        Alias::new(Means::Referer, &["properties.Referer"]),
        Alias::new(Means::UserAgent, &["properties.UserAgent"]),
        Alias::new(Means::Latency(MILLISECONDS), &["properties.TimeTaken"]),
        Alias::new(Means::OneOf(&["AppServiceHTTPLogs"]), &["category"]),
    ],
};

/// API Gateway's access log in JSON: the template is the user's, the names are those of
/// `$context`, latencies are milliseconds
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>).
pub(super) static API_GATEWAY: KeySet = KeySet {
    name: "api-gateway-json",
    product: Product::ApiGateway,
    signature: &[
        "integration_latency",
        "integration.latency",
        "response_latency",
        "integration_status",
        "integration.status",
        "integration_error_message",
        "route_key",
        "resource_path",
        "request_time_epoch",
        "api_id",
        "extended_request_id",
        "domain_prefix",
    ],
    enough: 2,
    sure: &[],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["request_time_epoch", "request_time"]),
        Alias::new(Means::Request, &["path", "resource_path"]),
        Alias::new(Means::Status, &["status", "status_code"]),
        Alias::new(Means::Bytes, &["response_length"]),
        Alias::new(Means::Host, &["domain_name"]),
        Alias::new(Means::Latency(MILLISECONDS), &["response_latency"]),
        Alias::new(
            Means::UpstreamLatency(MILLISECONDS),
            &["integration_latency", "integration.latency"],
        ),
        Alias::new(
            Means::UpstreamStatus,
            &["integration_status", "integration.integrationStatus", "integration.status"],
        ),
        Alias::new(Means::Reason, &["error_message", "error.message"]),
        Alias::new(Means::Clue(0), &["integration_error_message", "integration.error"]),
        Alias::new(Means::Clue(1), &["waf_response_code"]),
        Alias::new(Means::RequestId, &["request_id"]),
    ],
};

/// Vercel's log drains (<https://vercel.com/docs/drains/reference/logs>).
pub(super) static VERCEL: KeySet = KeySet {
    name: "vercel",
    product: Product::Vercel,
    signature: &[
        "deploymentId",
        "projectId",
        "proxy.statusCode",
        "proxy.path",
        "proxy.clientIp",
        "proxy.userAgent",
        "proxy.vercelCache",
        "executionRegion",
    ],
    enough: 4,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["proxy.timestamp", "timestamp"]),
        Alias::new(Means::Request, &["proxy.path", "path"]),
        Alias::new(Means::Method, &["proxy.method"]),
        Alias::new(Means::Status, &["proxy.statusCode"]),
        Alias::new(Means::Bytes, &["proxy.responseByteSize"]),
        Alias::new(Means::Client, &["proxy.clientIp"]),
        Alias::new(Means::Host, &["proxy.host", "host"]),
        Alias::new(Means::Referer, &["proxy.referer"]),
        Alias::new(Means::UserAgent, &["proxy.userAgent"]),
        Alias::new(Means::UpstreamStatus, &["statusCode"]),
        Alias::new(Means::Cache, &["proxy.vercelCache"]),
        Alias::new(Means::Location, &["proxy.region", "executionRegion"]),
        Alias::new(Means::Reason, &["proxy.wafAction"]),
        Alias::new(Means::RequestId, &["requestId"]),
        Alias::new(Means::Clue(0), &["source"]),
    ],
};
