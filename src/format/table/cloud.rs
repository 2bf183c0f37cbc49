//! Load balancers, storage and gateways of clouds.

use super::sample;
use crate::format::{Dialect, Format, Product};

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    // Columns were added at the end over the years, and will be. Its documentation:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
    Format {
        name: "aws-alb",
        also: &[("awsalb", Product::Alb), ("alb", Product::Alb)],
        help: "AWS Application Load Balancer",
        label: "aws alb",
        product: Product::Alb,
        dialect: Dialect::Named,
        string: concat!(
            r#"{type} {time:iso} {elb} {client}:{client_port} {target=upstream} "#,
            r#"{request_processing_time=latency_part:s} "#,
            r#"{target_processing_time=upstream_latency_part:s} "#,
            r#"{response_processing_time=latency_part:s} {elb_status_code=status} "#,
            r#"{target_status_code=upstream_status} {received_bytes=number} {sent_bytes=bytes} "#,
            r#""{request}" "{user_agent}" {ssl_cipher} {ssl_protocol} {target_group_arn} "#,
            r#""{trace_id=request_id}"{?} "{domain_name=host}" "{chosen_cert_arn}"{?} "#,
            r#"{matched_rule_priority} {request_creation_time} "{actions_executed=clue0}" "#,
            r#""{redirect_url}"{?} "{error_reason=reason}"{*}"#
        ),
        samples: &[
            r#"https 2025-10-10T13:55:01.186641Z app/web/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "session-reused" 1 2025-10-10T13:55:01.015000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#,
            r#"h2 2025-10-10T13:55:02.186641Z app/web/50dc6c495c0c9188 192.0.2.1:2817 - -1 -1 -1 503 - 0 57 "GET https://www.example.com:443/ HTTP/2.0" "-" - - - "Root=1-58337281-1d84f3d73c47ec4e58577259" "-" "-" 1 2025-10-10T13:55:01.015000Z "waf" "-" "WAFTimeout" "-" "-" "-" "-" TID_1234abcd5678ef90 "-" "-" "-""#,
            r#"http 2016-10-10T13:55:01.186641Z app/web/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337281-36d228ad5d99923122bbe354""#,
        ],
        others: &[
            sample!(),
            r#"2025-10-10T13:55:01.186641Z web 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1""#,
        ],
    },
    Format {
        name: "aws-clb",
        also: &[("awselb", Product::Clb), ("aws-elb", Product::Clb)],
        help: "AWS Classic Load Balancer, also without the user agent",
        label: "aws clb",
        product: Product::Clb,
        dialect: Dialect::Named,
        string: concat!(
            r#"{time:iso} {elb} {client}:{client_port} {backend=upstream} "#,
            r#"{request_processing_time=latency_part:s} "#,
            r#"{backend_processing_time=upstream_latency_part:s} "#,
            r#"{response_processing_time=latency_part:s} {elb_status_code=status} "#,
            r#"{backend_status_code=upstream_status} {received_bytes} {sent_bytes=known_bytes} "#,
            r#""{request}"{?} "{user_agent}" {ssl_cipher} {ssl_protocol}"#
        ),
        samples: &[
            r#"2025-10-10T13:55:01.186641Z web 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1""#,
            r#"2025-10-10T13:55:02.186641Z web 192.0.2.1:2817 - -1 -1 -1 504 0 0 29 "GET https://www.example.com:443/ HTTP/1.1" "curl/8.5.0 (x)" DHE-RSA-AES128-SHA TLSv1.2"#,
            r#"2025-10-10T13:55:03.186641Z web 192.0.2.1:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 -1 "- - - " "-" - -"#,
        ],
        others: &[
            sample!(),
            r#"tls 2.0 2025-10-10T13:55:01 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:2817 10.0.0.1:443 5 2 98 246"#,
        ],
    },
    Format {
        name: "aws-s3",
        also: &[("awss3", Product::S3), ("s3", Product::S3)],
        help: "Amazon S3 server access log",
        label: "aws s3",
        product: Product::S3,
        dialect: Dialect::Named,
        string: concat!(
            r#"{bucket_owner} {bucket} [{time:clf}] {remote_ip=client} {requester} {request_id} "#,
            r#"{operation} {key} {"request"} {status} {error_code=reason} {bytes_sent=bytes} "#,
            r#"{object_size=number} {total_time=latency:ms} {turn_around_time=header_time:ms} "#,
            r#"{"referer"} {"user_agent"}{?} {version_id}{*}"#
        ),
        samples: &[
            r#"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [10/Oct/2025:13:55:01 +0000] 192.0.2.1 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.OBJECT a/b.html "GET /bucket/a/b.html HTTP/1.1" 503 SlowDown 113 - 70 10 "-" "curl/8.5.0" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bucket.s3.us-west-1.amazonaws.com TLSv1.2 - -"#,
            r#"79a5 bucket [10/Oct/2025:13:55:01 +0000] - AmazonS3 7ACC4BE89EXAMPLE S3.EXPIRE.OBJECT a/b.html - - - - 1718 - - - -"#,
        ],
        others: &[
            sample!(),
            r#"79a5 bucket [10/Oct/2025:13:55:01 +0000] 192.0.2.1 - 7ACC4BE89EXAMPLE REST.GET.OBJECT a/b.html "GET /a/b.html HTTP/1.1""#,
        ],
    },
    Format {
        name: "aws-apigateway-clf",
        also: &[],
        help: "AWS API Gateway, the CLF template of its console",
        label: "aws apigateway clf",
        product: Product::ApiGateway,
        dialect: Dialect::Named,
        string: r#"{sourceIp=client} {caller} {user} [{requestTime=time:clf}]"{request}" {status} {responseLength=bytes} {requestId=request_id}"#,
        samples: &[
            r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000]"GET /pets/{id} HTTP/1.1" 502 36 c6af9ac6-7b61-11e6-9a41-93e8deadbeef"#,
        ],
        others: &[sample!()],
    },
    // https://cloud.google.com/storage/docs/access-logs
    Format {
        name: "gcs",
        also: &[("cloudstorage", Product::Unknown)],
        help: "Google Cloud Storage usage log (CSV)",
        label: "gcs",
        product: Product::Unknown,
        dialect: Dialect::Named,
        string: r#""{time_micros=time}","{c_ip=client}","{c_ip_type}","{c_ip_region}","{cs_method=method}","{cs_uri=path}","{sc_status=status}","{cs_bytes=number}","{sc_bytes=bytes}","{time_taken_micros=latency:us}","{cs_host=host}","{cs_referer=referer}","{cs_user_agent=user_agent}","{s_request_id=request_id}","{cs_operation}","{cs_bucket}","{cs_object}"{*}"#,
        samples: &[
            r#""1760104501250000","192.0.2.1","1","","GET","/bucket/a.png","200","0","5316","120000","storage.googleapis.com","","curl/8.5.0","AEnB2Uo","GET_Object","bucket","a.png""#,
        ],
        others: &[sample!(), r#""time_micros","c_ip","c_ip_type","c_ip_region","cs_method""#],
    },
];
