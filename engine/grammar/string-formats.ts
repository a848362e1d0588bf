/**
 * Formats of strings as regular expressions. Each describes texts that meet the format; where a format has rare forms, such
 * as comments in an e-mail address, those are not written.
 */
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const group = '[\\da-fA-F]{1,4}';
/** With one gap of `::`, so many groups before and behind it that fewer than eight are written. */
const gapped = Array.from({ length: 8 }, (_, before) => {
  const head = before === 0 ? ':' : `(?:${group}:){${before}}`;
  const room = 7 - before;
  return room === 0 ? `${head}:` : `${head}:(?:${group}(?::${group}){0,${room - 1}})?`;
});
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date =
  '(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))' +
  `|${leapYear}-02-29)`;
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const time = `${clock}:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]${clock})`;
const label = '[a-zA-Z\\d](?:[a-zA-Z\\d-]{0,61}[a-zA-Z\\d])?';
const hostname = `${label}(?:\\.${label})*`;
const pathCharacter = "(?:[a-zA-Z\\d._~!$&'()*+,;=:@-]|%[\\dA-Fa-f]{2})";
const path = `(?:/${pathCharacter}*)*`;
const tail = `(?:\\?(?:${pathCharacter}|[/?])*)?(?:#(?:${pathCharacter}|[/?])*)?`;
const uri = `[a-zA-Z][a-zA-Z\\d+.-]*:(?://(?:${hostname})(?::\\d{1,5})?${path}|${pathCharacter}+${path})${tail}`;
const dateDuration = '\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D';
const timeDuration = 'T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)';

const email = `^[a-zA-Z\\d_+-]+(?:\\.[a-zA-Z\\d_+-]+)*@${label}(?:\\.${label})*\\.[a-zA-Z]{2,24}$`;
const uriReference = `^(?:${uri}|${pathCharacter}*${path}${tail})$`;

export const formats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  'date-time': `^${date}T${time}$`,
  duration: `^P(?:(?:${dateDuration})(?:${timeDuration})?|${timeDuration}|\\d+W)$`,
  uuid: '^[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}$',
  email,
  hostname: `^${hostname}$`,
  ipv4: `^${ipv4}$`,
  ipv6: `^(?:(?:${group}:){7}${group}|${gapped.join('|')})$`,
  uri: `^${uri}$`,
  'uri-reference': uriReference,
  'idn-email': email,
  'idn-hostname': `^${hostname}$`,
  iri: `^${uri}$`,
  'iri-reference': uriReference,
  'relative-json-pointer': '^(?:0|[1-9]\\d*)(?:#|(?:/(?:[^/~]|~[01])*)*)$',
  // What zod calls by these names.
  guid: '^[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}$',
  cidrv4: `^${ipv4}/(?:3[0-2]|[12]?\\d)$`,
  cuid: '^[cC][\\da-z]{6,}$',
  cuid2: '^[\\da-z]+$',
  e164: '^\\+[1-9]\\d{6,14}$',
  hex: '^[\\da-fA-F]*$',
  lowercase: '^[^A-Z]*$',
  mac: '^(?:[\\dA-F]{2}:){5}[\\dA-F]{2}$',
  nanoid: '^[a-zA-Z\\d_-]{21}$',
  ulid: '^[0-7][\\dA-HJKMNP-TV-Z]{25}$',
  uppercase: '^[^a-z]*$',
  // They say how a text is shown, or only name the pattern that stands beside them.
  password: '',
  emoji: '\\p{Extended_Pictographic}',
  includes: '',
  starts_with: '',
  ends_with: '',
  base64: '^(?:[A-Za-z\\d+/]{4})*(?:[A-Za-z\\d+/]{2}==|[A-Za-z\\d+/]{3}=)?$',
  base64url: '^[A-Za-z\\d_-]*$',
  'json-pointer': '^(?:/(?:[^/~]|~[01])*)*$',
};
