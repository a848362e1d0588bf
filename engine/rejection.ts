/** A request this engine answers with an error instead of tokens. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly status: number;
  readonly code: string;
  readonly param: string | null;

  constructor(status: number, code: string, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }

  body(): unknown {
    const type =
      this.status >= 500 ? 'server_error' : this.status === 429 ? 'rate_limit_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

export function invalid(param: string, message: string): Rejection {
  return new Rejection(400, 'invalid_value', message, param);
}

export function unsupported(param: string, message: string): Rejection {
  return new Rejection(400, 'unsupported_parameter', message, param);
}
