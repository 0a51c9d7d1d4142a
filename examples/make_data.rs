//! Makes `data/followers.csv` and `data/labelled.csv` again, byte by byte: `cargo run --example make_data`.
//!
//! Every account in them is made up: names and bios are put together from lists below, numbers are drawn from a
//! seeded generator that works in whole numbers only, so that every machine makes the same files.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// When the counts are said to be true: 2020-09-01T00:00:00Z.
const OBSERVED: i64 = 1_598_918_400;
const DAY: i64 = 86_400;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    std::fs::write(folder.join("followers.csv"), followers())?;
    std::fs::write(folder.join("labelled.csv"), labelled())
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Small numbers as often as large ones: a power of two first, then a number within it. `low` at least 1.
    fn spread(&mut self, low: u64, high: u64) -> u64 {
        let octaves = u64::from((high / low).ilog2());
        let start = low << self.between(0, octaves);
        self.between(start, (start * 2 - 1).min(high))
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, share: u64) -> bool {
        self.between(0, 99) < share
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.next() % from.len() as u64) as usize]
    }

    fn letters(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'a' + self.between(0, 25) as u8)).collect()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.between(0, at as u64) as usize);
        }
    }
}

const HEADER: &[&str] = &[
    "id_str",
    "screen_name",
    "name",
    "description",
    "location",
    "url",
    "followers_count",
    "friends_count",
    "statuses_count",
    "favourites_count",
    "listed_count",
    "verified",
    "protected",
    "default_profile",
    "default_profile_image",
    "geo_enabled",
    "profile_use_background_image",
    "created_at",
    "status_created_at",
    "observed_at",
];

#[derive(Clone, Default)]
struct Profile {
    handle: String,
    name: String,
    bio: String,
    location: String,
    url: String,
    followers: u64,
    following: u64,
    posts: u64,
    likes: u64,
    listed: u64,
    verified: bool,
    protected: bool,
    plain_look: bool,
    no_picture: bool,
    geo: bool,
    background: bool,
    age_days: u64,
    /// Of the newest post, if there is one.
    last_post_days: u64,
    /// The list names the account, but looking it up gave nothing.
    gone: bool,
}

/// Makes one account of a kind.
type Make = fn(&mut Dice) -> Profile;

/// A place with names that are usual there: first names with their Latin spelling, family names likewise.
struct Country {
    cities: &'static [&'static str],
    first: &'static [(&'static str, &'static str)],
    last: &'static [(&'static str, &'static str)],
    bios: &'static [&'static str],
}

const COUNTRIES: &[Country] = &[
    Country {
        cities: &["Leeds", "Bristol, UK", "Glasgow", "Norwich, England"],
        first: &[
            ("Alice", "alice"),
            ("Tom", "tom"),
            ("Priya", "priya"),
            ("Megan", "megan"),
            ("Callum", "callum"),
            ("Ruth", "ruth"),
        ],
        last: &[
            ("Hartley", "hartley"),
            ("Okafor", "okafor"),
            ("Whitcombe", "whitcombe"),
            ("Sandhu", "sandhu"),
            ("Pell", "pell"),
        ],
        bios: &[
            "Secondary school teacher. Allotment on weekends. Opinions mine.",
            "Mum of two, runner (slow), reader of long books",
            "Radio, rivers and rain. Tweets about cricket when it stops.",
            "Nurse. Choir. Still looking for the perfect flapjack 🍯",
        ],
    },
    Country {
        cities: &["Chicago", "Portland, OR", "Austin, Texas", "Rochester NY"],
        first: &[
            ("Dana", "dana"),
            ("Marcus", "marcus"),
            ("Elena", "elena"),
            ("Josh", "josh"),
            ("Keisha", "keisha"),
            ("Will", "will"),
        ],
        last: &[
            ("Brandt", "brandt"),
            ("Delgado", "delgado"),
            ("Nakamura", "nakamura"),
            ("Freeman", "freeman"),
            ("Lindqvist", "lindqvist"),
        ],
        bios: &[
            "Bike commuter, data nerd, dog person. he/him",
            "Writing a book about bridges. Slowly.",
            "Physics teacher. I like maps and bad puns.",
            "Librarian by day, bass player by night.",
        ],
    },
    Country {
        cities: &["Leipzig", "Köln", "Graz", "Zürich"],
        first: &[
            ("Jürgen", "juergen"),
            ("Katrin", "katrin"),
            ("Lukas", "lukas"),
            ("Sabine", "sabine"),
            ("Änne", "aenne"),
        ],
        last: &[
            ("Weißenfels", "weissenfels"),
            ("Krüger", "krueger"),
            ("Hollmann", "hollmann"),
            ("Brändle", "braendle"),
        ],
        bios: &[
            "Lehrerin für Mathe und Musik. Radelt gern, schimpft selten.",
            "Stadtgeschichte, alte Karten, Kaffee. Hier privat.",
            "Ingenieur, Vater, Hobbygärtner 🌱",
        ],
    },
    Country {
        cities: &["Lyon", "Nantes", "Montréal", "Bruxelles"],
        first: &[("Élodie", "elodie"), ("Théo", "theo"), ("Maëlle", "maelle"), ("Benoît", "benoit")],
        last: &[("Garnier", "garnier"), ("Lefèvre", "lefevre"), ("Aubry", "aubry"), ("Tremblay", "tremblay")],
        bios: &[
            "Prof d'histoire, lectrice, randonneuse. Mes tweets n'engagent que moi.",
            "Développeur le jour, boulanger amateur le dimanche.",
            "Théâtre, vélo et politique locale",
        ],
    },
    Country {
        cities: &["Sevilla", "Rosario, Argentina", "Medellín", "CDMX"],
        first: &[("Lucía", "lucia"), ("Íñigo", "inigo"), ("Camila", "camila"), ("Andrés", "andres")],
        last: &[("Ibáñez", "ibanez"), ("Quiroga", "quiroga"), ("Muñoz", "munoz"), ("Restrepo", "restrepo")],
        bios: &[
            "Periodista en pausa. Lectora. Del Betis.",
            "Profe de física, papá de Julia ⚽",
            "Café, bicicletas y datos abiertos.",
        ],
    },
    Country {
        cities: &["Gdańsk", "Łódź", "Kraków"],
        first: &[("Zofia", "zofia"), ("Łukasz", "lukasz"), ("Małgorzata", "malgorzata")],
        last: &[("Wiśniewska", "wisniewska"), ("Zając", "zajac"), ("Dąbek", "dabek")],
        bios: &["Bibliotekarka. Góry, koty, herbata.", "Programista, kolarz niedzielny"],
    },
    Country {
        cities: &["大阪市", "札幌", "Tokyo"],
        first: &[("陽子", "yoko"), ("健太", "kenta"), ("美咲", "misaki")],
        last: &[("小松原", "komatsubara"), ("藤堂", "todo"), ("三浦", "miura")],
        bios: &[
            "図書館で働いています。猫二匹。",
            "自転車と写真とコーヒー☕ たまに数学",
            "天文部の顧問。星と天気の話。",
        ],
    },
    Country {
        cities: &["القاهرة", "عمّان", "الدار البيضاء"],
        first: &[("ليلى", "layla"), ("كريم", "karim"), ("سلمى", "salma")],
        last: &[("الحدّاد", "haddad"), ("منصور", "mansour"), ("بنّيس", "bennis")],
        bios: &["مهندسة معمارية، أحب المدن القديمة والكتب.", "أستاذ فيزياء. قهوة وشعر.", "صحفية مستقلة"],
    },
    Country {
        cities: &["Пермь", "Київ", "София"],
        first: &[("Ольга", "olga"), ("Тарас", "taras"), ("Мила", "mila")],
        last: &[("Савельева", "savelyeva"), ("Коваль", "koval"), ("Димитрова", "dimitrova")],
        bios: &[
            "Учу детей географии. Карты и походы.",
            "Інженер, батько, трохи музикант.",
            "Преводач. Чета много.",
        ],
    },
    Country {
        cities: &["पुणे", "Kochi, Kerala", "Ahmedabad"],
        first: &[("आशा", "asha"), ("Vikram", "vikram"), ("Divya", "divya")],
        last: &[("कुलकर्णी", "kulkarni"), ("Menon", "menon"), ("Trivedi", "trivedi")],
        bios: &[
            "शिक्षिका। किताबें और चाय।",
            "Civil engineer. Monsoon photographer. Cricket, always cricket 🏏",
            "Studying glaciers. Missing the sea.",
        ],
    },
    Country {
        cities: &["Lagos", "Nairobi", "Accra, Ghana"],
        first: &[("Chinwe", "chinwe"), ("Wanjiru", "wanjiru"), ("Kwabena", "kwabena")],
        last: &[("Adeyemi", "adeyemi"), ("Kamau", "kamau"), ("Mensah", "mensah")],
        bios: &[
            "Agronomist. Soil, rain, jollof. In that order.",
            "Building clinics, raising twins.",
            "Map maker. Highlife on vinyl.",
        ],
    },
    Country {
        cities: &["서울", "부산"],
        first: &[("지우", "jiwoo"), ("민서", "minseo")],
        last: &[("한", "han"), ("서", "seo")],
        bios: &["책과 산책을 좋아합니다.", "초등학교 교사. 고양이 집사 🐈"],
    },
];

/// A person with a place, a name and a handle made of it.
fn person(d: &mut Dice) -> Profile {
    let country = &COUNTRIES[d.between(0, COUNTRIES.len() as u64 - 1) as usize];
    let (first, last) = (d.pick(country.first), d.pick(country.last));
    let handle = match d.between(0, 6) {
        0 => format!("{}{}", first.1, last.1),
        1 => format!("{}_{}", first.1, last.1),
        2 => format!("{}{}", &first.1[..1], last.1),
        3 => format!("{}{}", first.1, d.between(70, 99)),
        4 => format!("{}{}", capital(first.1), capital(last.1)),
        5 => format!("the{}{}", first.1, &last.1[..1]),
        _ => format!("{}{}", last.1, first.1),
    };
    Profile {
        handle: handle.chars().take(15).collect(),
        name: if d.percent(75) { format!("{} {}", first.0, last.0) } else { first.0.to_string() },
        bio: if d.percent(85) { d.pick(country.bios).to_string() } else { String::new() },
        location: if d.percent(75) { d.pick(country.cities).to_string() } else { String::new() },
        ..Profile::default()
    }
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn link(d: &mut Dice) -> String {
    let word = d.pick(&["garden", "blog", "studio", "notes", "shop", "read"]);
    format!("https://{word}-{}.example.org", d.letters(4))
}

fn everyday(d: &mut Dice) -> Profile {
    let age = d.between(700, 4300);
    Profile {
        followers: d.spread(60, 1500),
        following: d.spread(90, 1100),
        posts: d.spread(300, 16_000),
        likes: d.spread(300, 20_000),
        listed: d.between(0, 14),
        geo: d.percent(55),
        plain_look: d.percent(35),
        background: d.percent(80),
        protected: d.percent(8),
        url: if d.percent(25) { link(d) } else { String::new() },
        age_days: age,
        last_post_days: d.between(0, 20),
        ..person(d)
    }
}

/// Whoever doubts these are people doubts everything: verified, old, on many lists, liking, followed.
fn known_to_many(d: &mut Dice) -> Profile {
    let base = person(d);
    let trade = d.pick(&[
        "Science correspondent. Previously of the evening desk. Tips by post, please.",
        "Novelist and translator. New book in autumn.",
        "Reporter, regional politics. Views my own.",
        "Professor of hydrology. Rivers, floods, students.",
        "Editor of the weekend pages. Cyclist.",
    ]);
    Profile {
        bio: trade.into(),
        followers: d.spread(9_000, 240_000),
        following: d.between(350, 950),
        posts: d.spread(4_000, 21_000),
        likes: d.spread(2_500, 12_000),
        listed: d.spread(250, 2_600),
        verified: true,
        geo: true,
        plain_look: false,
        background: true,
        url: link(d),
        age_days: d.between(2_900, 4_400),
        last_post_days: d.between(0, 2),
        location: if base.location.is_empty() { "London".into() } else { base.location.clone() },
        ..base
    }
}

fn inactive(d: &mut Dice) -> Profile {
    let age = d.between(2_500, 4_200);
    Profile {
        followers: d.between(4, 90),
        following: d.between(20, 180),
        posts: d.between(3, 240),
        likes: d.between(0, 60),
        plain_look: d.percent(70),
        background: true,
        no_picture: d.percent(15),
        age_days: age,
        last_post_days: d.between(500, age - 100),
        ..person(d)
    }
}

fn newcomer(d: &mut Dice) -> Profile {
    let age = d.between(2, 60);
    Profile {
        followers: d.between(0, 25),
        following: d.between(15, 140),
        posts: d.between(0, 40),
        likes: d.between(2, 150),
        plain_look: true,
        background: false,
        no_picture: d.percent(35),
        age_days: age,
        last_post_days: d.between(0, age),
        ..person(d)
    }
}

fn organisation(d: &mut Dice) -> Profile {
    let what = d.pick(&["Library", "Museum", "Choir", "Cycling Club", "Bakery", "Food Bank", "Theatre"]);
    let town = d.pick(&["Northwick", "Eastvale", "Millbrook", "Harrowfen", "Stonebridge"]);
    Profile {
        handle: format!("{}{}", town, what.replace(' ', "")).chars().take(15).collect(),
        name: format!("{town} {what}"),
        bio: format!("News from {town} {what}. Open Tuesday to Sunday. Run by volunteers."),
        location: town.into(),
        url: link(d),
        followers: d.spread(300, 9_000),
        following: d.spread(100, 1_800),
        posts: d.spread(400, 9_000),
        likes: d.spread(200, 4_000),
        listed: d.between(3, 90),
        geo: d.percent(40),
        background: true,
        age_days: d.between(900, 4_000),
        last_post_days: d.between(0, 9),
        ..Profile::default()
    }
}

fn purchased(d: &mut Dice) -> Profile {
    let first = d.pick(&["Jesse", "Amber", "Cody", "Tiffany", "Randal", "Lorie", "Shawna", "Dwight"]);
    let age = d.between(40, 700);
    Profile {
        handle: if d.percent(60) {
            format!("{}{}", first, d.between(10_000_000, 99_999_999))
        } else {
            let n = d.between(7, 11) as usize;
            format!("{}{}", d.letters(n), d.between(100, 9_999))
        },
        name: first.into(),
        followers: d.between(0, 6),
        following: d.between(700, 2_000),
        posts: if d.percent(55) { 0 } else { d.between(1, 5) },
        plain_look: true,
        no_picture: d.percent(60),
        background: true,
        age_days: age,
        last_post_days: age,
        ..Profile::default()
    }
}

fn promoter(d: &mut Dice) -> Profile {
    let first = d.pick(&["Kandi", "Crystal", "Brad", "Vip", "Lexi", "Max"]);
    let bio = d.pick(&[
        "FREE GIVEAWAY every day!! Click http://win.example.com and WIN a gift card #free #win #followback",
        "Earn money from home, ask me how 💰💰 http://cash.example.com crypto forex income #money #investing",
        "Hot deals & discount offers http://deals.example.com join now, free followers #teamfollowback",
        "SEO marketing jobs, followers for cash http://seo.example.net click click click #marketing",
    ]);
    Profile {
        handle: format!("{}_{}{}", first, d.pick(&["deals", "promo", "cash", "win4u"]), d.between(10, 9_999)),
        name: format!("{first} {}", d.pick(&["💰 DEALS", "FREE", "★ Promo ★", "Win 4 You"])),
        bio: bio.into(),
        url: format!("http://{}.example.com/?ref={}", d.letters(6), d.between(100, 999)),
        followers: d.between(5, 160),
        following: d.between(900, 2_001),
        posts: d.spread(4_000, 60_000),
        likes: d.between(0, 4),
        plain_look: d.percent(85),
        no_picture: d.percent(20),
        background: true,
        age_days: d.between(30, 420),
        last_post_days: 0,
        ..Profile::default()
    }
}

fn churner(d: &mut Dice) -> Profile {
    let base = person(d);
    Profile {
        bio: d
            .pick(&[
                "I follow back 100% #followback #teamfollowback",
                "Life coach. Helping you grow your followers!",
                "Entrepreneur | investor | DM to join",
            ])
            .into(),
        followers: d.between(1_300, 2_050),
        following: d.between(1_960, 2_001),
        posts: d.between(80, 2_500),
        likes: d.between(0, 300),
        plain_look: d.percent(50),
        background: true,
        age_days: d.between(150, 900),
        last_post_days: d.between(0, 4),
        ..base
    }
}

fn helpful_bot(d: &mut Dice) -> Profile {
    let what = d.pick(&["tide", "sunrise", "poem", "quake", "moon", "museum", "weather", "haiku"]);
    Profile {
        handle: format!("{what}_bot_{}", d.letters(3)),
        name: format!("{} bot", capital(what)),
        bio: format!(
            "I am a bot. Automated {what} updates, hourly, generated by a python script. Made by a person."
        ),
        followers: d.spread(40, 4_000),
        following: d.between(0, 12),
        posts: d.spread(5_000, 90_000),
        likes: d.between(0, 3),
        listed: d.between(1, 60),
        plain_look: d.percent(50),
        background: true,
        age_days: d.between(300, 2_600),
        last_post_days: 0,
        ..Profile::default()
    }
}

/// The follower list names an id, and the look-up gave nothing for it (suspended or closed meanwhile).
fn gone(_: &mut Dice) -> Profile {
    Profile { gone: true, ..Profile::default() }
}

impl Profile {
    fn cells(&self, id: u64) -> Vec<String> {
        let flag = |set: bool| if set { "true" } else { "false" }.to_string();
        let day_time = |days: u64, salt: u64| {
            let second = OBSERVED - days as i64 * DAY - (salt % 80_000) as i64;
            let stamp = Timestamp::from_second(second).expect("within the calendar");
            TimeZone::UTC.to_datetime(stamp).strftime("%a %b %d %H:%M:%S +0000 %Y").to_string()
        };
        let last_post = || if self.posts > 0 { day_time(self.last_post_days, id / 3) } else { String::new() };
        let observed = "2020-09-01T00:00:00Z".to_string();
        if self.gone {
            let mut cells = vec![String::new(); HEADER.len()];
            cells[0] = id.to_string();
            cells[HEADER.len() - 1] = observed;
            return cells;
        }
        vec![
            id.to_string(),
            self.handle.clone(),
            self.name.clone(),
            self.bio.clone(),
            self.location.clone(),
            self.url.clone(),
            self.followers.to_string(),
            self.following.to_string(),
            self.posts.to_string(),
            self.likes.to_string(),
            self.listed.to_string(),
            flag(self.verified),
            flag(self.protected),
            flag(self.plain_look),
            flag(self.no_picture),
            flag(self.geo),
            flag(self.background),
            day_time(self.age_days, id),
            last_post(),
            observed,
        ]
    }
}

/// Texts as spammers and pranksters write them; each must come out harmless.
fn hostile(d: &mut Dice) -> Vec<Profile> {
    let texts: &[(&str, &str, &str)] = &[
        ("formula_fan", "=HYPERLINK(\"http://evil.example.com\",\"Click\")", "=cmd|' /C calc'!A0"),
        ("plus_minus_at", "+1 555 0100 SUM(A1)", "@SUM(1+1)*cmd|' /C calc'!A0"),
        ("dash_dancer", "-2+3+cmd|' /C calc'!A0", "\t=1+1 begins with a tab"),
        ("red_alert_now", "\u{1b}[31mRed\u{1b}[0m Alert", "\u{1b}]0;your title is mine\u{7}\u{1b}[2Jwiped"),
        (
            "gpj_annahtims",
            "Anna \u{202e}htimS",
            "photo\u{202e}gpj.exe \u{2066}isolated\u{2069} and a bell \u{7}",
        ),
        ("zero_width_zoe", "Zo\u{200b}e\u{feff} \u{200d}Null", "in\u{ad}vis\u{2060}ible be\u{200f}side"),
        ("emoji_everywhr", "👩‍👩‍👧‍👦 🏳️‍🌈 Family", "🎉🎉🎉 party 🎂 every day 🇧🇷🇯🇵"),
        (
            "many_lines_max",
            "Max\nof two lines",
            "First line\nsecond, with a comma; and a semicolon\r\n\"quoted\" third\n\nfifth",
        ),
        (
            "script_sally",
            "<script>alert('x')</script>",
            "<b>bold</b> <img src=x onerror=alert(1)> &lt;escaped&gt; <a href=\"http://a.example.com\">link</a>",
        ),
        (
            "quote_quinn",
            "\"Quoted\" O'Quinn",
            "she said \"\"two\"\" times, 'once', and `never`; DROP TABLE followers;--",
        ),
        (
            "zalgo_zack",
            "Z\u{351}\u{36b}\u{343}a\u{36a}\u{302}c\u{36b}k",
            "h\u{321}\u{353}\u{31e}e comes \\u0000 \\x1b[31m %s %n ${HOME} $(reboot)",
        ),
    ];
    texts
        .iter()
        .map(|(handle, name, bio)| Profile {
            handle: (*handle).into(),
            name: (*name).into(),
            bio: (*bio).into(),
            ..everyday(d)
        })
        .collect()
}

/// The followers of an invented person, in the order of the list (newest first).
pub fn followers() -> Vec<u8> {
    let mut d = Dice(20_200_901);
    let kinds: &[(usize, Make)] = &[
        (112, everyday),
        (26, known_to_many),
        (24, inactive),
        (26, newcomer),
        (14, organisation),
        (36, purchased),
        (22, promoter),
        (16, churner),
        (8, helpful_bot),
        (7, gone),
    ];
    let mut profiles: Vec<Profile> = Vec::new();
    for (n, make) in kinds {
        profiles.extend((0..*n).map(|_| make(&mut d)));
    }
    profiles.extend(hostile(&mut d));
    d.shuffle(&mut profiles);
    one_handle_each(&mut profiles);
    table(HEADER, profiles.iter().enumerate().map(|(at, p)| p.cells(id(&mut d, at))))
}

/// Four hundred accounts with a class, which is wrong for one in twenty of them.
pub fn labelled() -> Vec<u8> {
    let mut d = Dice(400);
    let humans: &[Make] = &[
        everyday,
        everyday,
        everyday,
        everyday,
        inactive,
        newcomer,
        newcomer,
        organisation,
        known_to_many,
        churner,
    ];
    let bots: &[Make] = &[
        purchased,
        purchased,
        purchased,
        promoter,
        promoter,
        promoter,
        churner,
        churner,
        helpful_bot,
        newcomer,
    ];
    let mut list: Vec<(Profile, bool)> = Vec::new();
    for at in 0..400 {
        let bot = at % 5 < 2;
        let make = d.pick(if bot { bots } else { humans });
        let wrong = d.percent(5);
        list.push((make(&mut d), bot != wrong));
    }
    d.shuffle(&mut list);
    let (mut profiles, labels): (Vec<Profile>, Vec<bool>) = list.into_iter().unzip();
    one_handle_each(&mut profiles);
    let header = [HEADER, &["label"]].concat();
    let rows = profiles.iter().zip(labels).enumerate().map(|(at, (profile, bot))| {
        let mut cells = profile.cells(id(&mut d, 5_000 + at));
        cells.push(if bot { "bot" } else { "human" }.into());
        cells
    });
    table(&header, rows)
}

/// Ids far above any that a network has given out, and past what a float can hold.
fn id(d: &mut Dice, at: usize) -> u64 {
    9_100_000_000_000_000_001 + at as u64 * 1_000_003 + d.between(0, 999_999)
}

/// Handles are unique in a network: two digits more for the second of a name.
fn one_handle_each(profiles: &mut [Profile]) {
    let mut seen = std::collections::HashSet::new();
    for profile in profiles.iter_mut().filter(|p| !p.gone) {
        let stem: String = profile.handle.chars().take(13).collect();
        let mut n = 61;
        while !seen.insert(profile.handle.to_lowercase()) {
            n += 1;
            profile.handle = format!("{stem}{n}");
        }
    }
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("memory takes everything");
    for cells in rows {
        writer.write_record(&cells).expect("as many cells as the header");
    }
    writer.into_inner().expect("memory takes everything")
}
